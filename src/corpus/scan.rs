//! Looking for special bytes in long stretches of plain ones.

/// Bytes that are looked at together: the loop over them has no branches, so the compiler makes vector instructions of it.
const BLOCK: usize = 32;

/// Where the first special byte stands; the length if there is none.
#[inline]
pub fn plain_length(bytes: &[u8], is_special: impl Fn(u8) -> bool) -> usize {
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let any = |block: &[u8; BLOCK]| block.iter().fold(false, |any, &b| any | is_special(b));
    let whole = blocks.iter().take_while(|block| !any(block)).count();
    let block = blocks.get(whole).map_or(rest, |block| block.as_slice());
    whole * BLOCK + block.iter().position(|&b| is_special(b)).unwrap_or(block.len())
}

/// Whether a byte cannot stand for itself in a JSON string: a quote, a backslash, a control character.
#[inline]
pub fn is_json_special(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_wherever_it_stands() {
        for length in [0, 1, 31, 32, 33, 100] {
            let mut bytes = vec![b'x'; length];
            assert_eq!(plain_length(&bytes, is_json_special), length);
            for at in (0..length).rev() {
                bytes[at] = b'"';
                assert_eq!(plain_length(&bytes, is_json_special), at);
            }
        }
    }
}
