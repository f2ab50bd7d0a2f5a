//! `arapaima ipvsadm`: look at a saved table, take it over, or write one.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use formats::ipvsadm::{self, Supplement};
use model::{
    Cluster, ClusterId, Device, Reason, Seconds, SyncDaemon, SyncId, Threshold, Thresholds, Timeouts,
};

use super::lvscf::{keep, name_of, read};
use super::{Data, Failure, Outcome, say};

/// Tables as `ipvsadm-save` writes them.
#[derive(Debug, Subcommand)]
pub(super) enum Ipvsadm {
    /// Say what a saved table gives, or where and why it cannot be read.
    Check {
        /// The file: what `ipvsadm-save -n` wrote.
        file: PathBuf,
    },
    /// Make a cluster of a saved table: a draft, of which nothing is applied yet.
    Import {
        /// The file: what `ipvsadm-save -n` wrote.
        file: PathBuf,
        #[command(flatten)]
        data: Data,
        /// The cluster's name; without it the file's.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        left_out: LeftOut,
    },
    /// Write a cluster as commands that `ipvsadm -R` takes.
    Export(Export),
}

/// What `ipvsadm-save` leaves out.
#[derive(Debug, Args)]
pub(super) struct LeftOut {
    /// Idle time of established TCP connections (`ipvsadm -Ln --timeout` shows all three).
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    tcp_timeout: Option<Seconds>,
    /// Idle time of TCP connections after the first FIN.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    tcpfin_timeout: Option<Seconds>,
    /// Idle time of UDP flows.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    udp_timeout: Option<Seconds>,
    /// Connections from which on a real server gets no new ones (`ipvsadm -Ln --thresholds` shows them).
    #[arg(long, value_name = "N", value_parser = threshold)]
    upper_threshold: Option<Threshold>,
    /// Connections below which it gets new ones again.
    #[arg(long, value_name = "N", value_parser = threshold, requires = "upper_threshold")]
    lower_threshold: Option<Threshold>,
    /// The interface of the sync daemon (`ipvsadm -Ln --daemon` shows it).
    #[arg(long, value_name = "DEVICE", value_parser = device)]
    sync_interface: Option<Device>,
    /// The sync daemon's id.
    #[arg(long, value_name = "N", value_parser = sync_id, default_value = "0", requires = "sync_interface")]
    sync_id: SyncId,
}

/// Which cluster to write.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The cluster's number.
    #[arg(long, value_name = "ID")]
    cluster: ClusterId,
    #[command(flatten)]
    data: Data,
    /// What is applied, not the draft.
    #[arg(long)]
    applied: bool,
}

impl Ipvsadm {
    pub(super) async fn run(self) -> Outcome {
        match self {
            Self::Check { file } => check(&file),
            Self::Import { file, data, name, left_out } => {
                import(&file, &data, name.as_deref(), left_out.supplement()?).await
            }
            Self::Export(export) => {
                let exported = ipvsadm::export(&export.cluster().await?);
                if !exported.report.is_empty() {
                    say::to_people(exported.report.to_string().trim_end());
                }
                Ok(say::to_scripts(ipvsadm::print(&exported.rules).trim_end())?)
            }
        }
    }
}

impl Export {
    /// The cluster that is to be written.
    pub(super) async fn cluster(&self) -> Result<Cluster, Failure> {
        let store = self.data.open().await?;
        let id = self.cluster;
        let draft = store.draft(id).await;
        store.close().await;
        let draft = draft.with_context(|| format!("cannot export cluster {id}"))?;
        if !self.applied {
            return Ok((*draft.cluster).clone());
        }
        let applied =
            draft.applied.with_context(|| format!("nothing of cluster {id} has been applied yet"))?;
        Ok(applied.desired.cluster.clone())
    }
}

impl LeftOut {
    fn supplement(self) -> Result<Supplement, Failure> {
        let thresholds = Thresholds::try_new(self.upper_threshold, self.lower_threshold)
            .map_err(|reason| Failure::Usage(anyhow::anyhow!("thresholds: {reason}: {}", reason.remedy())))?;
        let id = self.sync_id;
        Ok(Supplement {
            timeouts: Timeouts { tcp: self.tcp_timeout, tcp_fin: self.tcpfin_timeout, udp: self.udp_timeout },
            thresholds,
            sync_daemon: self.sync_interface.map(|interface| SyncDaemon::new(interface, id)),
        })
    }
}

fn check(file: &std::path::Path) -> Outcome {
    let source = read(file)?;
    match ipvsadm::import(&source, name_of(file, None)?, &Supplement::default()) {
        Ok(imported) => {
            let services = imported.cluster.services();
            let servers: usize = services.values().map(|service| service.destinations.len()).sum();
            let path = file.display();
            say::to_scripts(&format!("{path}: {} virtual services, {servers} real servers", services.len()))?;
            if !imported.report.is_empty() {
                say::to_scripts(imported.report.to_string().trim_end())?;
            }
            Ok(())
        }
        Err(diagnostic) => {
            say::to_people(&diagnostic.render(&file.to_string_lossy(), &source));
            Err(Failure::Said)
        }
    }
}

async fn import(file: &std::path::Path, data: &Data, name: Option<&str>, supplement: Supplement) -> Outcome {
    let source = read(file)?;
    let name = name_of(file, name)?;
    let imported = match ipvsadm::import(&source, name.clone(), &supplement) {
        Ok(imported) => imported,
        Err(diagnostic) => {
            say::to_people(&diagnostic.render(&file.to_string_lossy(), &source));
            return Err(Failure::Said);
        }
    };
    keep(imported.cluster, &imported.report, &name, data).await
}

fn seconds(text: &str) -> Result<Seconds, String> {
    Seconds::parse(text).map_err(|reason| said(&reason))
}

fn threshold(text: &str) -> Result<Threshold, String> {
    Threshold::parse(text).map_err(|reason| said(&reason))
}

fn device(text: &str) -> Result<Device, String> {
    Device::parse(text).map_err(|reason| said(&reason))
}

fn sync_id(text: &str) -> Result<SyncId, String> {
    SyncId::parse(text).map_err(|reason| said(&reason))
}

fn said(reason: &Reason) -> String {
    format!("{reason}: {}", reason.remedy())
}
