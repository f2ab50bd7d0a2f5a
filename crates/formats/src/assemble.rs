//! The last step of every import: parts to a cluster.

use std::collections::BTreeMap;

use model::{Cluster, Name, Redundancy, ServiceId, Settings, VirtualService};

use crate::report::{Loss, LossReason, LossReport, Severity, Subject};

/// All parts are right by themselves and with each other; should the model know better, the part in question is left out and
/// reported, never the whole file.
pub(crate) fn assemble(
    name: Name,
    settings: Settings,
    redundancy: Redundancy,
    services: BTreeMap<ServiceId, VirtualService>,
    report: &mut LossReport,
) -> Cluster {
    let whole = Cluster::from_parts(name.clone(), settings.clone(), redundancy.clone(), services.clone());
    if let Ok(cluster) = whole {
        return cluster;
    }
    let mut cluster = Cluster::new(name);
    let mut refused = |problems: &model::Problems, subject: Subject| {
        report.entries.push(Loss {
            severity: Severity::NotTakenOver,
            line: 0,
            subject,
            keyword: None,
            value: String::new(),
            reason: LossReason::Refused { problem: problems.to_string() },
        });
    };
    if let Err(problems) = cluster.set_redundancy(redundancy) {
        refused(&problems, Subject::Whole);
    }
    if let Err(problems) = cluster.set_settings(settings) {
        refused(&problems, Subject::Whole);
    }
    for (id, service) in services {
        let subject = Subject::Service { name: service.settings.name.to_string() };
        if let Err(problems) = cluster.put_service(id, service) {
            refused(&problems, subject);
        }
    }
    cluster
}
