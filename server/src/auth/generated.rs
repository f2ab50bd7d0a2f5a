//! Secrets that people read and type: passwords and the code of the first run.

use rand::Rng;

/// Letters and digits that nobody takes for another.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// Characters of a group.
const GROUP: usize = 4;

/// A secret of so many groups of four, some 20 bits each, with a dash between them.
pub fn generated(groups: usize) -> String {
    let mut random = rand::rng();
    let mut group =
        || (0..GROUP).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect();
    let groups: Vec<String> = (0..groups).map(|_| group()).collect();
    groups.join("-")
}

/// A password: five groups, 31^20 is some 99 bits.
pub fn generated_password() -> String {
    generated(5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::check_new;

    #[test]
    fn a_generated_password_is_long_readable_and_never_the_same() {
        let password = generated_password();
        assert_eq!(password.len(), 24);
        assert!(check_new(&password).is_ok());
        assert!(password.bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)), "{password}");
        assert_ne!(generated_password(), password);
    }
}
