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

        impl crate::plan::Merge for $object {
            fn forks(base: &Self, mine: &Self, theirs: &Self) -> Vec<crate::plan::Fork> {
                let mut forks = Vec::new();
                $({
                    let (before, theirs, mine) = (&base.$($path).+, &theirs.$($path).+, &mine.$($path).+);
                    let changed = crate::plan::Changed::of(theirs != before, mine != before, theirs == mine);
                    forks.extend(changed.map(|changed| crate::plan::Fork {
                        field: $field,
                        base: before.show(),
                        theirs: theirs.show(),
                        mine: mine.show(),
                        changed,
                    }));
                })*
                forks
            }

            fn merge(
                base: &Self,
                mine: &Self,
                theirs: &Self,
                chosen: &dyn Fn(Field) -> Option<crate::plan::Side>,
            ) -> Option<Self> {
                let mut merged = theirs.clone();
                $({
                    let (before, theirs, mine) = (&base.$($path).+, &theirs.$($path).+, &mine.$($path).+);
                    let side = match crate::plan::Changed::of(theirs != before, mine != before, theirs == mine) {
                        None | Some(crate::plan::Changed::Theirs) => crate::plan::Side::Theirs,
                        Some(crate::plan::Changed::Mine) => crate::plan::Side::Mine,
                        Some(crate::plan::Changed::Both) => chosen($field)?,
                    };
                    if side == crate::plan::Side::Mine {
                        merged.$($path).+ = mine.clone();
                    }
                })*
                Some(merged)
            }
        }
    };
}

pub(crate) use editable;
