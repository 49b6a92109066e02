//! Names that nobody can guess, and keys.

use std::fmt::Write;

/// Random bits in a run's name; whoever knows it may watch.
pub const NAME_BITS: usize = 128;
/// Random bits in the key to a run; whoever knows it may act.
pub const KEY_BITS: usize = 128;

/// This many random bits, a multiple of 8, as hexadecimal digits.
///
/// # Errors
/// If the system has no randomness.
pub fn random(bits: usize) -> Result<String, getrandom::Error> {
    let mut bytes = vec![0; bits / 8];
    getrandom::fill(&mut bytes)?;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("text takes all");
    }
    Ok(text)
}

/// Whether two keys are the same, in a time that does not tell how far they agree.
pub fn same(ours: &str, theirs: &str) -> bool {
    let (ours, theirs) = (ours.as_bytes(), theirs.as_bytes());
    // All our keys have one length, so that it differs tells nothing.
    let differs = ours.iter().zip(theirs).fold(0, |differs, (a, b)| {
        // Not to be seen through: a comparison that stops early would be a faster program.
        std::hint::black_box(differs | (a ^ b))
    });
    ours.len() == theirs.len() && differs == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_long_and_never_the_same() {
        let (a, b) = (random(NAME_BITS).unwrap(), random(NAME_BITS).unwrap());
        assert_eq!((a.len(), b.len()), (32, 32));
        assert_ne!(a, b);
    }

    #[test]
    fn keys_are_the_same_only_as_a_whole() {
        assert!(same("abc", "abc"));
        for other in ["", "ab", "abcd", "abd", "bbc"] {
            assert!(!same("abc", other), "{other}");
        }
    }
}
