//! What a machine is, on the wire. Who says nothing is a director: older programs know nothing else.

use model::MachineRole;

use crate::{Malformed, wire};

impl From<MachineRole> for wire::Role {
    fn from(role: MachineRole) -> Self {
        match role {
            MachineRole::Director => Self::Director,
            MachineRole::RealServer => Self::RealServer,
        }
    }
}

/// The role that the number on the wire means. One that is not known is refused: to take it for another would be wrong either way.
pub fn role(wire: i32) -> Result<MachineRole, Malformed> {
    match wire::Role::try_from(wire) {
        Ok(wire::Role::Director) => Ok(MachineRole::Director),
        Ok(wire::Role::RealServer) => Ok(MachineRole::RealServer),
        Err(_) => Err(Malformed::UnknownValue { field: "role", value: wire }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_read_back_and_others_are_refused() {
        for &each in MachineRole::ALL {
            assert_eq!(role(wire::Role::from(each).into()).unwrap(), each);
        }
        assert!(matches!(role(7), Err(Malformed::UnknownValue { field: "role", value: 7 })));
    }
}
