//! Memory of surface forms: what was found out about a token's spelling need not be found out again.
//!
//! Short forms are compared as two machine words. They lie one behind the other in the order in which they were first met, so that the frequent ones share
//! few cache lines, and are found by an index of their numbers (open addressing). Neither memory nor the cost of a look-up can grow beyond a bound, whatever the
//! input holds: forms that collide too often are not remembered, and a full memory is emptied.

use rustc_hash::FxHashMap;

use crate::text::token::TokenKind;

/// Longest form in bytes that is compared as machine words.
const SHORT: usize = 16;
/// Longest form in bytes that is remembered at all.
const LONGEST: usize = 64;
/// Forms that are remembered at most, of either length.
const FORMS: usize = 1 << 17;
/// Places of the index at first; it doubles when half of them are taken.
const PLACES: usize = 1 << 12;
/// Places that are tried for a form.
const TRIES: usize = 32;

/// The bytes of a short form, filled up with zeros, which are in no token.
pub(super) type Key = u128;
/// The key of what is no short form.
pub(super) const NO_KEY: Key = 0;

/// From surface forms to what is known of them.
#[derive(Debug)]
pub(super) struct Surfaces<T> {
    /// One more than the number of the form at each place; zero for none.
    index: Vec<u32>,
    short: Vec<(Key, T)>,
    long: FxHashMap<Box<str>, T>,
}

impl<T: Copy> Surfaces<T> {
    /// An empty memory.
    pub fn new() -> Self {
        Self {
            index: vec![0; PLACES],
            short: Vec::new(),
            long: FxHashMap::default(),
        }
    }

    /// What is known of the form with this key; `surface` and `find` give it and find out about it if it is new.
    #[inline]
    pub fn get<'t>(&mut self, key: Key, surface: impl Fn() -> &'t str, find: impl FnOnce() -> T) -> T {
        let number = self.index[self.first_place(key)] as usize;
        match self.short.get(number.wrapping_sub(1)) {
            Some((known, value)) if *known == key => *value,
            _ if key == NO_KEY => self.long(surface(), find),
            _ => self.short(key, find),
        }
    }

    /// What is known of a short form, wherever it lies.
    #[cold]
    fn short(&mut self, key: Key, find: impl FnOnce() -> T) -> T {
        let first = self.first_place(key);
        for place in first..first + TRIES {
            let place = place & (self.index.len() - 1);
            match self.index[place] {
                0 => return self.remember(place, key, find()),
                number => {
                    let (known, value) = self.short[number as usize - 1];
                    if known == key {
                        return value;
                    }
                }
            }
        }
        find()
    }

    #[inline]
    fn first_place(&self, key: Key) -> usize {
        // Odd factors; the upper bits of a product depend on all bits of the form.
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        let (low, high) = (key as u64, (key >> 64) as u64);
        let mixed = (low ^ high.wrapping_mul(ODD).rotate_left(32)).wrapping_mul(ODD);
        (mixed >> 32) as usize & (self.index.len() - 1)
    }

    #[cold]
    fn remember(&mut self, place: usize, key: Key, value: T) -> T {
        self.short.push((key, value));
        self.index[place] = self.short.len() as u32;
        if self.short.len() >= FORMS {
            self.short.clear();
            self.index.fill(0);
        } else if self.short.len() * 2 > self.index.len() {
            self.index = vec![0; self.index.len() * 2];
            for (number, (key, _)) in (1..).zip(&self.short) {
                let first = self.first_place(*key);
                let mut places = (first..first + TRIES).map(|place| place & (self.index.len() - 1));
                // One that finds no place is found out anew when it comes again.
                if let Some(free) = places.find(|&place| self.index[place] == 0) {
                    self.index[free] = number;
                }
            }
        }
        value
    }

    /// What is known of a long form; `find` finds it out if the form is new.
    #[cold]
    fn long(&mut self, surface: &str, find: impl FnOnce() -> T) -> T {
        if surface.len() > LONGEST {
            return find();
        }
        if let Some(&known) = self.long.get(surface) {
            return known;
        }
        if self.long.len() >= FORMS {
            self.long.clear();
        }
        let known = find();
        self.long.insert(surface.into(), known);
        known
    }
}

/// The key of the token at `start..end`, [`NO_KEY`] if it is long. An acronym is another form than a word that is spelled alike: the last byte of its key is 1, which is in no
/// token either.
#[inline]
pub(super) fn key(text: &[u8], start: usize, end: usize, kind: TokenKind) -> Key {
    let length = end - start;
    let acronym = kind == TokenKind::Acronym;
    if length > SHORT || acronym && length == SHORT {
        return NO_KEY;
    }
    // Sixteen bytes at once, of which the token's are kept; near the end of the text there are not as many.
    let bytes = match text[start..].first_chunk::<SHORT>() {
        Some(chunk) => u128::from_le_bytes(*chunk) & (u128::MAX >> (8 * (SHORT - length))),
        None => {
            let mut chunk = [0; SHORT];
            chunk[..length].copy_from_slice(&text[start..end]);
            u128::from_le_bytes(chunk)
        }
    };
    bytes | u128::from(acronym) << 120
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn get<T: Copy>(surfaces: &mut Surfaces<T>, form: &str, kind: TokenKind, find: impl FnOnce() -> T) -> T {
        surfaces.get(key(form.as_bytes(), 0, form.len(), kind), || form, find)
    }

    proptest! {
        #[test]
        fn a_key_is_that_of_its_bytes(form in "[a-zA-Zé]{1,9}", before in " {0,3}", after in "[ -~]{0,20}", acronym: bool) {
            let kind = if acronym { TokenKind::Acronym } else { TokenKind::Word };
            let text = format!("{before}{form}{after}");
            let alone = key(form.as_bytes(), 0, form.len(), kind);
            prop_assert_eq!(key(text.as_bytes(), before.len(), before.len() + form.len(), kind), alone);
        }
    }

    #[test]
    fn forms_are_never_mistaken() {
        // More than the memory holds, twice.
        let mut surfaces = Surfaces::new();
        for i in (0..FORMS as u32 + 100).chain(0..1000) {
            assert_eq!(get(&mut surfaces, &format!("{i:x}g"), TokenKind::Word, || i), i);
        }
        assert!(surfaces.short.len() <= FORMS && surfaces.index.len() <= 2 * FORMS);
        let of = |kind| move || kind == TokenKind::Acronym;
        for kind in [TokenKind::Word, TokenKind::Acronym, TokenKind::Word] {
            assert_eq!(
                get(&mut Surfaces::new(), "US", kind, of(kind)),
                kind == TokenKind::Acronym
            );
        }
    }

    #[test]
    fn what_is_known_is_not_found_out_again() {
        let mut surfaces = Surfaces::new();
        for form in ["gas", "international", "disproportionately", "Ölpreis"] {
            assert_eq!(get(&mut surfaces, form, TokenKind::Word, || form.len()), form.len());
            assert_eq!(get(&mut surfaces, form, TokenKind::Word, || 0), form.len());
        }
    }
}
