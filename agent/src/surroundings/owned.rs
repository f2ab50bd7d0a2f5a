//! The notes on what is ours, as they are on disk.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{EncapPort, Place, SurroundingStep, Sysctl};

/// What this agent has made or is about to make, and the values that it found.
///
/// It may name more than is there (the agent was killed between note and deed), and never less.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owned {
    /// Addresses.
    #[serde(default)]
    pub addresses: BTreeSet<Place>,
    /// Sysctls that differed.
    #[serde(default)]
    pub sysctls: BTreeMap<Sysctl, Former>,
    /// Whether the table of rules is ours.
    #[serde(default)]
    pub rules: bool,
    /// Tunnels, by name.
    #[serde(default)]
    pub tunnels: BTreeSet<String>,
    /// UDP ports for tunnels.
    #[serde(default)]
    pub encap_ports: BTreeSet<EncapPort>,
}

/// A sysctl that was set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    /// What it was.
    pub former: String,
    /// What it was set to. Where it is something else by now, somebody has changed it, and it is theirs.
    pub ours: String,
    /// Whether it stays though nothing wants it, until the agent leaves: an operator asked for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
}

impl Owned {
    /// Notes all that `steps` will make or change. True where that is more than was noted.
    pub fn cover(&mut self, steps: &[SurroundingStep]) -> bool {
        let before = self.clone();
        for step in steps {
            match step {
                // One that was not there comes with its device, and goes with it.
                SurroundingStep::SetSysctl { sysctl, value, found: Some(found), kept } => {
                    let known = self.sysctls.get(sysctl);
                    // What was noted before stays: a kill may have come between the note and the write.
                    let former = known.filter(|known| known.ours == *found || known.former == *found);
                    let kept = *kept || former.is_some_and(|known| known.kept);
                    let former = former.map_or_else(|| found.clone(), |known| known.former.clone());
                    self.sysctls.insert(sysctl.clone(), Former { former, ours: value.clone(), kept });
                }
                SurroundingStep::SetRules(_) => self.rules = true,
                SurroundingStep::AddTunnel(tunnel) => {
                    self.tunnels.insert(tunnel.name());
                }
                SurroundingStep::AddEncapPort(port) => {
                    self.encap_ports.insert(*port);
                }
                SurroundingStep::AddAddress(place) => {
                    self.addresses.insert(place.clone());
                }
                _ => {}
            }
        }
        *self != before
    }

    /// Forgets what `step`, carried out, has taken away.
    pub fn settle(&mut self, step: &SurroundingStep) {
        match step {
            SurroundingStep::RestoreSysctl { sysctl, .. } | SurroundingStep::ForgetSysctl(sysctl) => {
                self.sysctls.remove(sysctl);
            }
            SurroundingStep::RemoveRules | SurroundingStep::ForgetRules => self.rules = false,
            SurroundingStep::RemoveTunnel(name) | SurroundingStep::ForgetTunnel(name) => {
                self.tunnels.remove(name);
            }
            SurroundingStep::RemoveEncapPort(port) | SurroundingStep::ForgetEncapPort(port) => {
                self.encap_ports.remove(port);
            }
            SurroundingStep::RemoveAddress(place) | SurroundingStep::ForgetAddress(place) => {
                self.addresses.remove(place);
            }
            _ => {}
        }
    }

    /// Takes back the note for `step`, which turned out to be somebody else's doing already.
    pub fn renounce(&mut self, step: &SurroundingStep) {
        match step {
            SurroundingStep::AddTunnel(tunnel) => {
                self.tunnels.remove(&tunnel.name());
            }
            SurroundingStep::AddEncapPort(port) => {
                self.encap_ports.remove(port);
            }
            SurroundingStep::AddAddress(place) => {
                self.addresses.remove(place);
            }
            _ => {}
        }
    }

    /// Nothing is kept for an operator's sake any more.
    pub(super) fn release(&mut self) {
        self.sysctls.values_mut().for_each(|noted| noted.kept = false);
    }

    /// Whether nothing is ours.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
