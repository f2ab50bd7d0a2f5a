//! Edits of many parts at once: checked as a whole, done as a whole or not at all.

use std::collections::BTreeMap;

use super::Cluster;
use crate::{Field, Problem, Problems, Reason, ServiceId, Settings, VirtualService, agreement};

impl Cluster {
    /// Changes virtual services and their destinations as `edit` does. Where it refuses, or the outcome does not agree, nothing is
    /// changed. One check at the end, so that thousands of services cost little more than one.
    pub fn edit_services<R>(
        &mut self,
        edit: impl FnOnce(&mut BTreeMap<ServiceId, VirtualService>) -> Result<R, Problems>,
    ) -> Result<R, Problems> {
        let before = self.services.clone();
        let outcome = edit(&mut self.services).and_then(|answer| self.check().map(|()| answer));
        outcome.inspect_err(|_| self.services = before)
    }

    /// Replaces the global settings. Destinations that inherit the forwarding method must be able to: those that are not are told as
    /// one problem of the method, which is what was changed.
    pub fn set_settings(&mut self, settings: Settings) -> Result<(), Problems> {
        let mut problems = settings.problems();
        let method = settings.forwarding;
        let mut unable = self
            .services
            .values()
            .filter(|service| !agreement::among_destinations(service, method).is_empty())
            .map(|service| &service.settings.name);
        if let Some(first) = unable.next() {
            let reason = Reason::ServersCannot { service: first.to_string(), more: unable.count() };
            problems.push(Problem::new(Field::NetworkType, method.to_string(), reason));
        }
        Problems::none_or(problems)?;
        self.settings = settings;
        Ok(())
    }
}
