//! The form of the redundancy.

use super::reader::Reader;
use super::{input, shown, ticked, typed};
use crate::{
    Device, Field, HostAddress, MulticastGroup, Port, Problems, Redundancy, Seconds, SyncDaemon, SyncId,
    SyncLength, SyncTtl,
};

input! {
    /// What the form of the redundancy holds.
    RedundancyInput {
        backup_active = BackupActive,
        backup = BackupPublic,
        backup_private = BackupPrivate,
        keepalive = HeartbeatInterval,
        deadtime = DeadAfter,
        heartbeat_port = HeartbeatPort,
        monitor_links = MonitorLinks,
        syncdaemon = SyncDaemon,
        syncd_iface = SyncInterface,
        syncd_id = SyncId,
        syncd_group = SyncGroup,
        syncd_port = SyncPort,
        syncd_ttl = SyncTtl,
        syncd_maxlen = SyncLength,
    }
}

impl RedundancyInput {
    /// The redundancy meant; else everything that is wrong.
    pub fn parse(&self) -> Result<Redundancy, Problems> {
        let mut reader = Reader::default();
        let redundancy = self.read(&mut reader);
        reader.extend(redundancy.iter().flat_map(Redundancy::problems));
        reader.finish(redundancy, Field::BackupActive)
    }

    fn read(&self, reader: &mut Reader) -> Option<Redundancy> {
        let host = |text: &str| HostAddress::parse(&typed::fold(text));
        let seconds = |text: &str| Seconds::parse(&typed::number(text));
        let active = reader.flag(Field::BackupActive, &self.backup_active);
        // 0.0.0.0 is what Piranha's RESET leaves behind.
        let backup = if typed::fold(&self.backup) == "0.0.0.0" { "" } else { &self.backup };
        let backup_public = reader.optional(Field::BackupPublic, backup, host);
        let backup_private = reader.optional(Field::BackupPrivate, &self.backup_private, host);
        let heartbeat_interval = reader.required(Field::HeartbeatInterval, &self.keepalive, seconds);
        let dead_after = reader.required(Field::DeadAfter, &self.deadtime, seconds);
        let heartbeat_port = reader
            .required(Field::HeartbeatPort, &self.heartbeat_port, |text| Port::parse(&typed::fold(text)));
        let monitor_links = reader.flag(Field::MonitorLinks, &self.monitor_links);
        let sync_daemon = self.read_sync_daemon(reader);
        Some(Redundancy {
            active: active?,
            backup_public: backup_public?,
            backup_private: backup_private?,
            heartbeat_interval: heartbeat_interval?,
            dead_after: dead_after?,
            heartbeat_port: heartbeat_port?,
            monitor_links: monitor_links?,
            sync_daemon: sync_daemon?,
        })
    }

    fn read_sync_daemon(&self, reader: &mut Reader) -> Option<Option<SyncDaemon>> {
        if !reader.flag(Field::SyncDaemon, &self.syncdaemon)? {
            return Some(None);
        }
        let interface = reader
            .required(Field::SyncInterface, &self.syncd_iface, |text| Device::parse(&typed::fold(text)));
        let id = reader.required(Field::SyncId, &self.syncd_id, |text| SyncId::parse(&typed::fold(text)));
        let number = |text: &str| typed::fold(text);
        let group = reader
            .optional(Field::SyncGroup, &self.syncd_group, |text| MulticastGroup::parse(&typed::fold(text)));
        let port = reader.optional(Field::SyncPort, &self.syncd_port, |text| Port::parse(&number(text)));
        let ttl = reader.optional(Field::SyncTtl, &self.syncd_ttl, |text| SyncTtl::parse(&number(text)));
        let max_length =
            reader.optional(Field::SyncLength, &self.syncd_maxlen, |text| SyncLength::parse(&number(text)));
        Some(Some(SyncDaemon {
            interface: interface?,
            id: id?,
            group: group?,
            port: port?,
            ttl: ttl?,
            max_length: max_length?,
        }))
    }
}

impl From<&Redundancy> for RedundancyInput {
    fn from(redundancy: &Redundancy) -> Self {
        let sync_daemon = redundancy.sync_daemon.as_ref();
        Self {
            backup_active: ticked(redundancy.active),
            backup: shown(redundancy.backup_public),
            backup_private: shown(redundancy.backup_private),
            keepalive: redundancy.heartbeat_interval.to_string(),
            deadtime: redundancy.dead_after.to_string(),
            heartbeat_port: redundancy.heartbeat_port.to_string(),
            monitor_links: ticked(redundancy.monitor_links),
            syncdaemon: ticked(sync_daemon.is_some()),
            // Piranha's page began with eth0 and 0.
            syncd_iface: sync_daemon.map_or_else(|| "eth0".to_owned(), |daemon| daemon.interface.to_string()),
            syncd_id: sync_daemon.map_or_else(|| "0".to_owned(), |daemon| daemon.id.to_string()),
            syncd_group: shown(sync_daemon.and_then(|daemon| daemon.group)),
            syncd_port: shown(sync_daemon.and_then(|daemon| daemon.port)),
            syncd_ttl: shown(sync_daemon.and_then(|daemon| daemon.ttl)),
            syncd_maxlen: shown(sync_daemon.and_then(|daemon| daemon.max_length)),
        }
    }
}
