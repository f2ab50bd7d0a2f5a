//! Which programs a director lets checks run.

use model::ProgramName;

use crate::malformed::{at_most, text};
use crate::{Malformed, wire};

/// The most programs that an agent offers. Ours: a menu of them can still be read.
pub const MAX_PROGRAMS: usize = 256;

/// The programs that checks may run on a machine: those of one directory, which root alone can change. The console chooses among
/// their names; what a name stands for is the machine's business.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckPrograms {
    /// The directory, for people.
    pub directory: String,
    /// The names, sorted.
    pub names: Vec<ProgramName>,
}

impl From<&CheckPrograms> for wire::CheckPrograms {
    fn from(programs: &CheckPrograms) -> Self {
        let names = programs.names.iter().take(MAX_PROGRAMS).map(ToString::to_string).collect();
        Self { directory: crate::limits::shorten(&programs.directory), names }
    }
}

impl TryFrom<wire::CheckPrograms> for CheckPrograms {
    type Error = Malformed;

    fn try_from(wire: wire::CheckPrograms) -> Result<Self, Malformed> {
        at_most("names", wire.names.len(), MAX_PROGRAMS)?;
        // A name of a newer agent that this console could not give back is of no use here.
        let names = wire.names.iter().filter_map(|name| ProgramName::parse(name).ok()).collect();
        Ok(Self { directory: text("directory", wire.directory)?, names })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_read_back_and_odd_names_are_left_out() {
        let names = ["check-http", "check_ldap.sh"].map(|name| ProgramName::parse(name).unwrap()).into();
        let programs = CheckPrograms { directory: "/etc/arapaima/checks".into(), names };
        let mut wire = wire::CheckPrograms::from(&programs);
        wire.names.push("../../bin/sh".into());
        assert_eq!(CheckPrograms::try_from(wire).unwrap(), programs);
    }

    #[test]
    fn endless_lists_are_refused() {
        let wire = wire::CheckPrograms { directory: "/x".into(), names: vec!["a".into(); MAX_PROGRAMS + 1] };
        assert!(matches!(CheckPrograms::try_from(wire), Err(Malformed::TooLarge { field: "names", .. })));
    }
}
