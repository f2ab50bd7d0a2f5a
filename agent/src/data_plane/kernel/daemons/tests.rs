use model::{Cluster, Device, Name, SyncId};

use super::*;

fn sync() -> SyncDaemon {
    SyncDaemon::new(Device::parse("eth1").unwrap(), SyncId::new_const(7))
}

fn host(text: &str) -> HostAddress {
    HostAddress::parse(text).unwrap()
}

fn desired(running: bool, active: bool) -> Desired {
    let mut cluster = Cluster::new(Name::parse("web").unwrap());
    let mut settings = cluster.settings().clone();
    settings.primary_private = Some(host("192.168.10.1"));
    cluster.set_settings(settings).unwrap();
    let mut redundancy = cluster.redundancy().clone();
    redundancy.active = active;
    redundancy.backup_public = Some(host("10.0.0.3"));
    redundancy.sync_daemon = Some(sync());
    cluster.set_redundancy(redundancy).unwrap();
    Desired { running, cluster }
}

/// As the kernel tells of one that was started so.
fn running(side: Side, wanted: &SyncDaemon) -> Daemon {
    let daemon = to_daemon(side, wanted).unwrap();
    Daemon {
        group: daemon.group.or(Some(DEFAULT_GROUP)),
        port: daemon.port.or(Some(DEFAULT_PORT)),
        ttl: daemon.ttl.or(Some(DEFAULT_TTL)),
        max_length: daemon.max_length.or(Some(1472)),
        ..daemon
    }
}

#[test]
fn the_primary_sends_and_the_other_listens() {
    let on = |address: &str| {
        let address = host(address);
        wanted(&desired(true, true), move |own| own == address).map(|(side, _)| side)
    };
    assert_eq!(on("192.168.10.1"), Some(Side::Master));
    assert_eq!(on("10.0.0.3"), Some(Side::Backup));
    assert_eq!(on("10.0.0.9"), None, "it cannot tell");
    assert!(is_undecided(&desired(true, true), |_| false) && !is_undecided(&desired(false, true), |_| false));
    assert_eq!(wanted(&desired(false, true), |_| true), None);
    assert_eq!(wanted(&desired(true, false), |_| true), None);
}

#[test]
fn a_daemon_that_is_right_is_left_alone() {
    for (side, daemon) in [
        (Side::Master, sync()),
        (Side::Backup, SyncDaemon { port: Some(model::Port::new_const(9999)), ..sync() }),
        (Side::Master, SyncDaemon { max_length: Some(model::SyncLength::new_const(1000)), ..sync() }),
    ] {
        let present = [running(side, &daemon)];
        let changes = changes(Some(&(side, daemon)), &present, &[side].into()).unwrap();
        assert_eq!(changes, Changes::default());
    }
}

#[test]
fn a_daemon_that_differs_is_started_anew() {
    let present = [running(Side::Master, &sync())];
    let other = SyncDaemon { ttl: Some(model::SyncTtl::new_const(9)), ..sync() };
    let changes_of = changes(Some(&(Side::Master, other)), &present, &[Side::Master].into()).unwrap();
    assert_eq!(changes_of.stop.len(), 1);
    assert!(matches!(
        changes_of.start,
        Some((Side::Master, Request::StartDaemon(Daemon { ttl: Some(9), .. })))
    ));
    // Its role changes: the other side starts, this one ends.
    let changes_of = changes(Some(&(Side::Backup, sync())), &present, &[Side::Master].into()).unwrap();
    assert_eq!((changes_of.stop[0].0, changes_of.start.unwrap().0), (Side::Master, Side::Backup));
    let ended = changes(None, &present, &[Side::Master].into()).unwrap();
    assert!(ended.stop.len() == 1 && ended.start.is_none());
}

#[test]
fn somebody_elses_daemon_is_left_alone() {
    let present = [running(Side::Master, &sync())];
    let why = changes(Some(&(Side::Master, sync())), &present, &BTreeSet::new()).unwrap_err();
    assert!(why.contains("--stop-daemon master"), "{why}");
    assert_eq!(changes(None, &present, &BTreeSet::new()).unwrap(), Changes::default());
    let beside = changes(Some(&(Side::Backup, sync())), &present, &BTreeSet::new()).unwrap();
    assert!(beside.stop.is_empty() && beside.start.is_some());
}

#[test]
fn lengths_that_the_kernel_corrects_are_right() {
    let group = |v6: bool| v6.then(|| model::MulticastGroup::parse("ff02::81").unwrap());
    // As Linux 6.12 answers.
    let cases = [
        (Side::Master, false, 512, 512),
        (Side::Backup, false, 512, 1024),
        (Side::Backup, false, 65_507, 65_507),
        (Side::Master, true, 65_507, 65_487),
    ];
    for (side, v6, asked, answered) in cases {
        let max_length = Some(model::SyncLength::new_const(asked));
        let daemon = SyncDaemon { max_length, group: group(v6), ..sync() };
        let present = [Daemon { max_length: Some(answered), ..running(side, &daemon) }];
        let unchanged = changes(Some(&(side, daemon.clone())), &present, &[side].into()).unwrap();
        assert_eq!(unchanged, Changes::default());
        let other = [Daemon { max_length: Some(answered - 1), ..running(side, &daemon) }];
        assert_ne!(changes(Some(&(side, daemon)), &other, &[side].into()).unwrap(), Changes::default());
    }
}
