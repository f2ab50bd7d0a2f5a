//! Field-level differences of one object, written once per field.

/// Defines an enum with one variant per field of an object; a value of it is "this field goes from … to …".
macro_rules! editable {
    (
        $(#[$doc:meta])*
        $edit:ident for $object:ident {
            $($variant:ident($($path:ident).+: $ty:ty) = $field:expr,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each variant is the field of the same name")]
        pub enum $edit {
            $($variant { from: $ty, to: $ty },)*
        }

        impl $edit {
            /// The edits that turn `from` into `to`, in the order of the fields.
            pub fn between(from: &$object, to: &$object) -> Vec<Self> {
                let mut edits = Vec::new();
                $(if from.$($path).+ != to.$($path).+ {
                    edits.push(Self::$variant { from: from.$($path).+.clone(), to: to.$($path).+.clone() });
                })*
                edits
            }

            /// Does the edit. `false`, and nothing done, where the object has another value than the edit starts from.
            #[must_use]
            pub fn apply(&self, object: &mut $object) -> bool {
                match self {
                    $(Self::$variant { from, to } => {
                        let fits = object.$($path).+ == *from;
                        if fits {
                            object.$($path).+ = to.clone();
                        }
                        fits
                    })*
                }
            }

            /// The same edit the other way round.
            pub fn reversed(&self) -> Self {
                match self {
                    $(Self::$variant { from, to } => Self::$variant { from: to.clone(), to: from.clone() },)*
                }
            }

            /// Brings `mine`, which was made from `base`, on top of `theirs`, which somebody else made from it: each
            /// field comes from whoever changed it. Fields that both changed, to different values, are problems.
            pub fn rebase(base: &$object, mine: &$object, theirs: &$object) -> Result<$object, crate::Problems> {
                let mut rebased = theirs.clone();
                let mut problems = Vec::new();
                $(if mine.$($path).+ != base.$($path).+ && mine.$($path).+ != theirs.$($path).+ {
                    if theirs.$($path).+ == base.$($path).+ {
                        rebased.$($path).+ = mine.$($path).+.clone();
                    } else {
                        let now = theirs.$($path).+.show();
                        let mine = mine.$($path).+.show().to_string();
                        problems.push(crate::Problem::new($field, mine, crate::Reason::ChangedMeanwhile { now }));
                    }
                })*
                crate::Problems::none_or(problems)?;
                Ok(rebased)
            }

            /// Which field.
            pub fn field(&self) -> Field {
                match self {
                    $(Self::$variant { .. } => $field,)*
                }
            }

            /// The values before and after, to be shown.
            pub fn values(&self) -> (crate::Shown, crate::Shown) {
                match self {
                    $(Self::$variant { from, to } => (from.show(), to.show()),)*
                }
            }
        }
    };
}

pub(crate) use editable;
