use model::HostAddress;
use model::{Family, FirewallMark, Port, Ports, Protocol};

use super::*;

fn key(ports: &str) -> TableKey {
    TableKey::Address {
        protocol: Protocol::Tcp,
        vip: HostAddress::parse("10.0.0.2").unwrap(),
        ports: Ports::parse(ports).unwrap(),
    }
}

fn destination(last: u8) -> TableDestinationKey {
    let address = HostAddress::try_new([192, 168, 10, last].into()).unwrap();
    TableDestinationKey { address, port: Some(Port::new_const(80)) }
}

fn full(content: &mut Content) {
    content
        .services
        .insert(key("80"), [(destination(1), Role::RealServer), (destination(2), Role::SorryServer)].into());
    let mark = TableKey::Mark { mark: FirewallMark::new_const(7), family: Family::V6 };
    content.services.insert(mark.clone(), BTreeMap::new());
    content.mark(&key("80,443"), |_| false).unwrap();
    content.former.udp = Some(300);
    content.daemons.insert(Side::Backup);
    content.adopting.insert(ForeignKey { key: mark, destination: Some(destination(9)) });
}

#[test]
fn it_survives_the_agent() {
    let directory = tempfile::tempdir().unwrap();
    let registry = Registry::open(directory.path(), "boot 1").unwrap();
    registry.update(full).unwrap();
    let again = Registry::open(directory.path(), "boot 1").unwrap();
    assert_eq!(again.content(), registry.content());
    assert!(again.content().owns(&key("80"), Some(destination(2))));
    assert!(!again.content().owns(&key("80"), Some(destination(9))));
}

#[test]
fn another_boot_finds_another_kernel() {
    let directory = tempfile::tempdir().unwrap();
    let registry = Registry::open(directory.path(), "boot 1").unwrap();
    registry.update(full).unwrap();
    let again = Registry::open(directory.path(), "boot 2").unwrap();
    let content = again.content();
    assert!(content.services.is_empty() && content.daemons.is_empty());
    assert_eq!(content.former, Former::default());
    assert_eq!(content.marks, registry.content().marks);
}

#[test]
fn a_damaged_file_is_put_aside() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(FILE), "{\"format\":1,").unwrap();
    let registry = Registry::open(directory.path(), "boot").unwrap();
    assert!(registry.content().services.is_empty());
    assert!(directory.path().join("kernel.json.damaged").exists());
    registry.update(full).unwrap();
}

#[test]
fn what_cannot_be_written_is_not_noted() {
    let directory = tempfile::tempdir().unwrap();
    let registry = Registry::open(directory.path(), "boot").unwrap();
    drop(directory);
    registry.update(full).unwrap_err();
    assert_eq!(*registry.content(), Content { boot: "boot".into(), ..Content::default() });
    // Nothing to write, nothing that could fail.
    registry.update(|_| ()).unwrap();
}

#[test]
fn what_is_not_there_is_forgotten() {
    let mut content = Content::default();
    full(&mut content);
    content.prune(|_, destination_key| destination_key.is_none_or(|key| key == destination(1)), |_| false);
    assert_eq!(content.services[&key("80")], [(destination(1), Role::RealServer)].into());
    assert_eq!(content.services.len(), 2);
    assert!(content.adopting.is_empty());
    content.prune(|_, _| false, |_| true);
    assert!(content.services.is_empty());
}
