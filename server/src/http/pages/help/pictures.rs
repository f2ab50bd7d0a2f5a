//! The manual's pictures, which `node screenshots.js --manual` in `end2end` takes of the real console.

macro_rules! pictures {
    ($($name:literal,)*) => {
        /// Name and PNG of each.
        pub(super) const PICTURES: &[(&str, &[u8])] =
            &[$(($name, include_bytes!(concat!("../../../../../docs/manual/images/", $name)).as_slice()),)*];
    };
}

pictures! {
    "changes-en.png",
    "changes-zh.png",
    "connections-en.png",
    "connections-zh.png",
    "control-en.png",
    "control-zh.png",
    "director-doctor-en.png",
    "director-doctor-zh.png",
    "machine-en.png",
    "machine-zh.png",
    "services-en.png",
    "services-zh.png",
}

/// The picture of this name.
pub(super) fn find(name: &str) -> Option<&'static [u8]> {
    PICTURES.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}
