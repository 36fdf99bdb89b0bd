//! Looking for special bytes in stretches of plain ones, eight at a time.

/// The same byte eight times.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Length of the stretch before the first byte that cannot stand for itself in a JSON string: a quote, a backslash, a control character.
#[inline]
pub fn plain_json(bytes: &[u8]) -> usize {
    plain_length(bytes, b' ', [b'"', b'\\'])
}

/// Length of the stretch before the first byte that is below `least` or one of `special`; of all bytes if there is none.
#[inline]
pub fn plain_length<const N: usize>(bytes: &[u8], least: u8, special: [u8; N]) -> usize {
    let (words, rest) = bytes.as_chunks();
    let mut at = 0;
    for word in words {
        let found = find(u64::from_le_bytes(*word), least, special);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_special = |byte: &u8| *byte < least || special.contains(byte);
    at + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// The highest bit of the first special byte of eight, and no bit below it. A subtraction from all bytes at once borrows from the
/// highest bit of those that are too small; a byte is equal to another if nothing is left of both.
#[inline]
fn find<const N: usize>(word: u64, least: u8, special: [u8; N]) -> u64 {
    let below = |word: u64, least: u8| word.wrapping_sub(all(least)) & !word;
    let small = below(word, least);
    let any = special
        .iter()
        .fold(small, |any, &byte| any | below(word ^ all(byte), 1));
    any & all(0x80)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_special_byte_is_found(bytes in prop::collection::vec(prop_oneof![9 => b'#'..=b'z', 1 => any::<u8>()], 0..40)) {
            let json = |b: &u8| *b < b' ' || *b == b'"' || *b == b'\\';
            prop_assert_eq!(plain_json(&bytes), bytes.iter().position(json).unwrap_or(bytes.len()));
            let table = |b: &u8| matches!(b, b',' | b'\n');
            prop_assert_eq!(plain_length(&bytes, 0, [b',', b'\n']), bytes.iter().position(table).unwrap_or(bytes.len()));
        }
    }
}
