//! What must not be done once something before it has failed.
//!
//! A real server that answers ARP for a VIP takes the director's traffic away. So an IPv4 VIP comes only where ARP was made quiet, and
//! ARP is let speak again only where no VIP stayed behind.

use super::{StepError, SurroundingStep};

/// What failed so far, of one list of steps.
#[derive(Debug, Default)]
pub(super) struct Caution {
    /// ARP could not be made quiet.
    speaks: bool,
    /// An address would not go.
    stayed: bool,
}

impl Caution {
    /// Why `step` must not be done now; none where it may.
    pub(super) fn refusal(&self, step: &SurroundingStep) -> Option<StepError> {
        let reason = match step {
            SurroundingStep::AddAddress(place) if self.speaks && place.address.is_ipv4() => {
                "this machine would answer ARP for it, since arp_ignore or arp_announce could not be set"
            }
            SurroundingStep::RestoreSysctl { sysctl, .. } if self.stayed && sysctl.is_arp() => {
                "this machine would answer ARP for an address that could not be removed"
            }
            _ => return None,
        };
        Some(StepError(format!("cannot {step}: {reason}")))
    }

    /// Notes that `step` failed, or was refused.
    pub(super) fn note(&mut self, step: &SurroundingStep) {
        match step {
            SurroundingStep::SetSysctl { sysctl, .. } => self.speaks |= sysctl.is_arp(),
            SurroundingStep::RemoveAddress(place) => self.stayed |= place.address.is_ipv4(),
            _ => {}
        }
    }
}
