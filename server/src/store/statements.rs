//! SQL as literals that a test can walk: without a database at build time, preparing each of them against a migrated file is
//! what finds a misspelt column.

/// Declares statements as constants of the module, and `ALL` with every one of them.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:literal;)*) => {
        $($(#[$doc])* const $name: &str = $sql;)*
        /// Every statement of this module.
        #[cfg(test)]
        pub(super) const ALL: &[&str] = &[$($name,)*];
    };
}
pub(super) use statements;
