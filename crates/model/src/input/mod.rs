//! What people type, as forms and importers have it: strings, and how they become the model's types.
//!
//! Every `parse` finds all problems at once, those of single fields and those of combinations, so that a form shows
//! them together. Typing is forgiven where the meaning is beyond doubt: blanks, brackets, the full-width digits and
//! commas of Chinese input methods, `10.0.0.1:80` in a field for an address with the port left empty. Names alone are
//! taken as they are.

mod check;
mod destination;
mod reader;
mod redundancy;
mod service;
mod settings;
mod typed;

pub use check::CheckInput;
pub use destination::DestinationInput;
pub use redundancy::RedundancyInput;
pub use service::ServiceInput;
pub use settings::SettingsInput;
pub use typed::fold;

/// Defines a struct of strings, one for each field of a form, named as [`crate::Field::name`] names it.
macro_rules! input {
    ($(#[$doc:meta])* $input:ident { $($name:ident = $field:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        #[expect(missing_docs, reason = "each is documented as the variant of `Field` with its name")]
        pub struct $input { $(pub $name: String,)* }

        impl $input {
            /// The fields, in the order of a form.
            pub const FIELDS: &[crate::Field] = &[$(crate::Field::$field,)*];

            /// What stands in `field`; nothing where this form has no such field.
            pub fn value(&self, field: crate::Field) -> &str {
                match field {
                    $(crate::Field::$field => &self.$name,)*
                    _ => "",
                }
            }
        }

        #[cfg(test)]
        mod names {
            #[test]
            fn inputs_are_named_as_their_fields() {
                let names = [$((stringify!($name), crate::Field::$field.name()),)*];
                for (input, field) in names {
                    assert_eq!(input, field);
                }
            }
        }
    };
}

pub(crate) use input;

/// A weight alone, forgiven as in the form of a real server.
pub fn weight(typed: &str) -> Result<crate::Weight, crate::Reason> {
    crate::Weight::parse(&fold(typed))
}

/// A value of an optional field as a form shows it.
fn shown<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// A note as a form shows it, with its lines.
fn shown_note(note: Option<&crate::Note>) -> String {
    note.map_or_else(String::new, |note| note.as_str().to_owned())
}

/// A check box as a form sends it.
fn ticked(on: bool) -> String {
    if on { "on".to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests;
