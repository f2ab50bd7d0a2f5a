//! What a saved table leaves out, from the fields of the import page.

use std::collections::BTreeMap;

use app::pages::clusters::Asked;
use formats::ipvsadm::Supplement;
use model::{
    Device, Field, Problem, Problems, Reason, Seconds, SyncDaemon, SyncId, Threshold, Thresholds, Timeouts,
};

/// The fields' values as typed; others of the form are passed over.
pub(super) fn asked(posted: &BTreeMap<String, String>) -> Asked {
    let typed =
        Asked::FIELDS.iter().filter_map(|field| Some((field.name(), posted.get(field.name())?.clone())));
    Asked(typed.collect())
}

/// What was typed, or everything that is wrong with it.
pub(super) fn parse(asked: &Asked) -> Result<Supplement, Problems> {
    let mut reader = Reader { asked, problems: Vec::new() };
    // Piranha's pages and `ipvsadm --set` take 0 for "as it is", `-x` and `-y` for "none".
    let timeouts = Timeouts {
        tcp: reader.unless_zero(Field::TcpTimeout, Seconds::parse),
        tcp_fin: reader.unless_zero(Field::TcpFinTimeout, Seconds::parse),
        udp: reader.unless_zero(Field::UdpTimeout, Seconds::parse),
    };
    let upper = reader.unless_zero(Field::UpperThreshold, Threshold::parse);
    let lower = reader.unless_zero(Field::LowerThreshold, Threshold::parse);
    let interface = reader.read(Field::SyncInterface, Device::parse);
    let id = reader.read(Field::SyncId, SyncId::parse);
    let mut problems = reader.problems;
    let thresholds = match Thresholds::try_new(upper, lower) {
        Ok(thresholds) => thresholds,
        // A wrong number is said already.
        Err(_) if problems.iter().any(|problem| problem.field == Field::UpperThreshold) => {
            Thresholds::default()
        }
        Err(reason) => {
            problems.push(Problem::new(Field::LowerThreshold, asked.get(Field::LowerThreshold), reason));
            Thresholds::default()
        }
    };
    let typed_interface = !asked.get(Field::SyncInterface).is_empty();
    if id.is_some_and(|id| id != SyncId::MIN) && !typed_interface {
        problems.push(Problem::new(Field::SyncInterface, "", Reason::Missing));
    }
    Problems::none_or(problems)?;
    let sync_daemon = interface.map(|interface| SyncDaemon::new(interface, id.unwrap_or(SyncId::MIN)));
    Ok(Supplement { timeouts, thresholds, sync_daemon })
}

struct Reader<'a> {
    asked: &'a Asked,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn read<T>(&mut self, field: Field, parse: impl Fn(&str) -> Result<T, Reason>) -> Option<T> {
        let typed = self.asked.get(field);
        if typed.is_empty() {
            return None;
        }
        parse(typed).map_err(|reason| self.problems.push(Problem::new(field, typed, reason))).ok()
    }

    fn unless_zero<T>(&mut self, field: Field, parse: impl Fn(&str) -> Result<T, Reason>) -> Option<T> {
        if self.asked.get(field) == "0" { None } else { self.read(field, parse) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> Asked {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        asked(&fields.collect())
    }

    #[test]
    fn nothing_entered_is_nothing_said() {
        assert_eq!(parse(&Asked::default()), Ok(Supplement::default()));
        assert_eq!(
            parse(&typed(&[("tcp_timeout", "0"), ("upper_threshold", " "), ("strange", "x")])),
            Ok(Supplement::default())
        );
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let wrong =
            parse(&typed(&[("udp_timeout", "5m"), ("lower_threshold", "5"), ("syncd_id", "7")])).unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|problem| problem.field).collect();
        assert_eq!(fields, [Field::UdpTimeout, Field::LowerThreshold, Field::SyncInterface]);
    }

    #[test]
    fn what_is_entered_is_taken() {
        let supplement =
            parse(&typed(&[("tcp_timeout", "600"), ("upper_threshold", "9"), ("syncd_iface", "eth1")]))
                .unwrap();
        assert_eq!(supplement.timeouts.tcp.map(Seconds::get), Some(600));
        assert_eq!(supplement.thresholds.to_string(), "upper 9");
        assert_eq!(supplement.sync_daemon.unwrap().to_string(), "eth1, id 0");
    }
}
