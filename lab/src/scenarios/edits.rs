//! Every field that can be edited in place, edited under load: no request may fail.

use super::{BOTH, KERNEL, Scenario, Stage, cluster, tunnel};
use crate::guide::{Plane, WEB};
use crate::traffic::Load;
use anyhow::{Result, ensure};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "edits",
    about: "every editable field is edited under load without one failed request",
    planes: BOTH,
    run,
};

pub(super) const METHODS: Scenario = Scenario {
    name: "methods",
    about: "a drained real server changes its forwarding method under load without one failed request",
    planes: KERNEL,
    run: methods,
};

/// Which form it is, what is set, and the line of `ipvsadm` that then shows it: of `-S`, or of `-l --timeout`.
const EDITS: &[(Form, Fields, &str)] = &[
    (Form::Service, &[("scheduler", "wrr")], "-A -t 10.0.0.2:80 -s wrr"),
    (Form::Server, &[("weight", "3")], "-a -t 10.0.0.2:80 -r 192.168.10.101:80 -m -w 3"),
    (Form::Service, &[("persistent", "60")], "-A -t 10.0.0.2:80 -s wrr -p 60"),
    (Form::Service, &[("pmask", "24")], "-A -t 10.0.0.2:80 -s wrr -p 60 -M 255.255.255.0"),
    (Form::Service, &[("persistent", ""), ("pmask", "")], "-A -t 10.0.0.2:80 -s wrr"),
    (Form::Service, &[("scheduler", "sh"), ("sched_port", "on")], "-A -t 10.0.0.2:80 -s sh -b sh-port"),
    (Form::Service, &[("sched_fallback", "on")], "-A -t 10.0.0.2:80 -s sh -b sh-fallback,sh-port"),
    (
        Form::Service,
        &[("scheduler", "wlc"), ("sched_port", ""), ("sched_fallback", "")],
        "-A -t 10.0.0.2:80 -s wlc",
    ),
    (Form::Service, &[("device", "eth0:7")], "-A -t 10.0.0.2:80 -s wlc"),
    (Form::Service, &[("vip_nmask", "255.255.255.0")], "-A -t 10.0.0.2:80 -s wlc"),
    (
        Form::Server,
        &[("upper_threshold", "500"), ("lower_threshold", "400")],
        "-a -t 10.0.0.2:80 -r 192.168.10.101:80 -m -w 3",
    ),
    (
        Form::Server,
        &[("upper_threshold", ""), ("lower_threshold", "")],
        "-a -t 10.0.0.2:80 -r 192.168.10.101:80 -m -w 3",
    ),
    (
        Form::Service,
        &[("timeout", "2"), ("reentry", "3"), ("quiesce_server", "on")],
        "-A -t 10.0.0.2:80 -s wlc",
    ),
    (
        Form::Settings,
        &[("tcp_timeout", "901"), ("tcpfin_timeout", "121"), ("udp_timeout", "301")],
        "901 121 301",
    ),
    (Form::Settings, &[("tcp_timeout", ""), ("tcpfin_timeout", ""), ("udp_timeout", "")], "900 120 300"),
    (
        Form::Check,
        &[("check", "send_expect"), ("send", "GET / HTTP/1.0\\r\\n\\r\\n"), ("expect", "HTTP")],
        "-A -t 10.0.0.2:80 -s wlc",
    ),
    (Form::Service, &[("note", "ask the web team")], "-A -t 10.0.0.2:80 -s wlc"),
    (Form::Server, &[("server_note", "the older one")], "-a -t 10.0.0.2:80 -r 192.168.10.101:80 -m -w 3"),
    (Form::Service, &[("sorry_server", "192.168.10.101"), ("sorry_port", "80")], "-A -t 10.0.0.2:80 -s wlc"),
    (Form::Service, &[("name", "shop")], "-A -t 10.0.0.2:80 -s wlc"),
];

/// Names and values.
type Fields = &'static [(&'static str, &'static str)];

#[derive(Debug, Clone, Copy)]
enum Form {
    Settings,
    Service,
    Check,
    Server,
}

fn run(stage: &mut Stage) -> Result<()> {
    stage.guide.set_up(&cluster::nat(&["real1", "real2"]), &[])?;
    let load = Load::start(stage.guide.client()?, WEB)?;
    let mut service = "web".to_owned();
    for (form, fields, shown) in EDITS {
        let what: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        stage.check(&format!("{}, in place", what.join(" ")), |guide| {
            let console = guide.console()?;
            match form {
                Form::Settings => console.edit_settings(fields)?,
                Form::Check => console.edit_check(&service, fields)?,
                Form::Service => console.edit_service(&service, fields)?,
                Form::Server => console.edit_server(&service, "real2", fields)?,
            }
            console.apply()?;
            guide.verified()?;
            load.more(10)?;
            if guide.plane == Plane::Kernel {
                if matches!(form, Form::Settings) {
                    let text = guide.vs1()?.read(&["ipvsadm", "-l", "--timeout"])?;
                    ensure!(text.trim().ends_with(shown), "{text}");
                } else {
                    guide.table("vs1")?.expect_line(shown)?;
                }
                let threshold = |wanted: &str| {
                    fields
                        .iter()
                        .find(|(name, _)| *name == wanted)
                        .map(|(_, value)| if value.is_empty() { "0" } else { value })
                };
                if let Some((upper, lower)) = threshold("upper_threshold").zip(threshold("lower_threshold")) {
                    super::drain::expect_thresholds(guide, "192.168.10.101:80", upper, lower)?;
                }
            }
            Ok(())
        })?;
        if let Some((_, name)) = fields.iter().find(|(field, _)| *field == "name") {
            (*name).clone_into(&mut service);
        }
    }
    stage.check("a real server is added", |guide| {
        let console = guide.console()?;
        let fields = [
            ("server_name", "again"),
            ("server_address", "192.168.10.100"),
            ("server_port", "81"),
            ("weight", "1"),
        ];
        console.add_server(&service, &fields)?;
        console.apply()?;
        guide.open_web("real1", 81)?;
        guide.verified()?;
        guide.shown("again", "serving")?;
        load.more(20)
    })?;
    stage.check("it is drained and removed", |guide| {
        let console = guide.console()?;
        console.edit_server(&service, "again", &[("weight", "0")])?;
        console.apply()?;
        guide.verified()?;
        load.more(20)?;
        let console = guide.console()?;
        console.delete_server(&service, "again")?;
        console.apply()?;
        guide.verified()?;
        load.more(20)
    })?;
    stage.check("not one request failed", |_| load.end().map(drop))
}

/// Drained first: connections of both methods share one cached route in the kernel (`dest_dst`, ip_vs_xmit.c), so that what is left
/// of the old ones leads new ones astray, to an ARP request for the virtual address and "No route to host".
fn methods(stage: &mut Stage) -> Result<()> {
    stage.guide.direct_return()?;
    for real in ["real1", "real2"] {
        tunnel::ready(&stage.guide, real)?;
    }
    stage.guide.set_up(&cluster::guide("direct", &["real1", "real2"]), &[])?;
    // Clients come back from ports that they had seconds ago. As the kernel is by default, such a connection goes the way of the one
    // before it, to which the director saw one side's end only (FIN_WAIT): with the old method. 3 begins it anew (ipvs-sysctl.rst).
    stage.guide.vs1()?.set_sysctl("net/ipv4/vs/conn_reuse_mode", "3")?;
    let load = Load::start(stage.guide.client()?, WEB)?;
    let methods: [(Fields, &str); 4] = [
        (&[("forwarding", "ipip")], "-r 192.168.10.101:80 -i -w 1 --tun-type ipip"),
        (
            &[("forwarding", "gue"), ("tunnel_port", "5555")],
            "-r 192.168.10.101:80 -i -w 1 --tun-type gue --tun-port 5555",
        ),
        (&[("forwarding", "gre"), ("tunnel_port", "")], "-r 192.168.10.101:80 -i -w 1 --tun-type gre"),
        (&[("forwarding", "direct")], "-r 192.168.10.101:80 -g -w 1"),
    ];
    for (fields, shown) in methods {
        let what: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        stage.check(&format!("{}, in place", what.join(" ")), |guide| {
            let console = guide.console()?;
            console.edit_server("web", "real2", &[("weight", "0")])?;
            console.apply()?;
            guide.verified()?;
            load.more(30)?;
            let console = guide.console()?;
            console.edit_server("web", "real2", &[fields, &[("weight", "1")]].concat())?;
            console.apply()?;
            guide.verified()?;
            guide.table("vs1")?.expect(shown)?;
            load.more(40)
        })?;
    }
    stage.check("not one request failed, and real2 answered throughout", |_| {
        let answers = load.end()?;
        ensure!(answers.get("real2").is_some_and(|count| *count > 40), "{answers:?}");
        Ok(())
    })
}
