//! A director's page with a real agent's link behind it: its doctor, entries that somebody else made, and what a plan means for
//! its table.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::table::{
    Foreign, ForeignAction, Role, TableDestination, TableDestinationKey, TableKey, TableService,
    TableServiceSettings,
};
use model::{
    Ailment, ClusterId, DirectorId, Finding, Forwarding, Gravity, HostAddress, MachineRole, Name, Port,
    Ports, Protocol, Scheduler, Thresholds, Weight,
};
use protocol::{Observed, Surrounding, SurroundingState};
use reqwest::StatusCode;
use server::store::Actor;
use tempfile::TempDir;

use crate::drawing::{apply, chinese, shop_with_web, submit};
use crate::fleet_support::{TestAgent, until};
use crate::support::TestApp;

/// A console, a running cluster, and a director with its agent.
struct Site {
    app: TestApp,
    cluster: ClusterId,
    director: DirectorId,
    agent: TestAgent,
    _directory: TempDir,
}

async fn site() -> Site {
    let app = TestApp::logged_in().await;
    let (cluster, _) = shop_with_web(&app).await;
    apply(&app, cluster).await;
    let actor = Actor::command_line();
    let director = app.store().create_director(&actor, cluster, Name::parse("vs1").unwrap()).await.unwrap();
    let token = app.state().fleet.new_token(&actor, director).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let console = app.state().fleet.address().to_string();
    let agent = TestAgent::enrol(&directory.path().join("agent"), &console, &token).await;
    let fleet = &app.state().fleet;
    // Its first report is in; what a test has it report next is not overtaken by that.
    let reported = async || {
        let observed = fleet.director(director).observed;
        observed.filter(|observed| observed.generation.0 == 1).map(drop)
    };
    until("reported", reported).await;
    Site { app, cluster, director, agent, _directory: directory }
}

#[tokio::test]
async fn directors_that_nothing_tells_apart_are_named_before_they_carry_one_address() {
    let app = TestApp::logged_in().await;
    let (cluster, _) = shop_with_web(&app).await;
    let actor = Actor::command_line();
    let directory = tempfile::tempdir().unwrap();
    let console = app.state().fleet.address().to_string();
    let changes = format!("/clusters/{cluster}/changes");
    let mut agents = Vec::new();
    for name in ["vs1", "vs2"] {
        assert!(!app.browser.get(&changes).await.text.contains("Nothing tells"));
        let director = Name::parse(name).unwrap();
        let director = app.store().create_director(&actor, cluster, director).await.unwrap();
        let token = app.state().fleet.new_token(&actor, director).await.unwrap();
        agents.push(TestAgent::enrol_with_kernel(&directory.path().join(name), &console, &token).await);
        let fleet = &app.state().fleet;
        until("facts", async || fleet.director(director).facts.map(drop)).await;
    }
    let page = app.browser.get(&changes).await.text;
    assert!(page.contains("Nothing tells vs1, vs2 apart"), "{page}");
    let settings = format!("/clusters/{cluster}/settings");
    submit(&app.browser, &settings, &[("primary", "192.0.2.200")]).await.leads_to(&settings);
    assert!(!app.browser.get(&changes).await.text.contains("Nothing tells"));
}

impl Site {
    fn path(&self) -> String {
        format!("/directors/{}", self.director)
    }

    async fn page(&self) -> String {
        self.app.browser.get(&self.path()).await.text
    }

    /// The director reports entries of somebody else's.
    async fn finds(&self, foreign: Vec<Foreign>) {
        let total = u32::try_from(foreign.len()).unwrap();
        let last = Observed::clone(&self.agent.observe.borrow());
        self.agent.observe.send_replace(Arc::new(Observed { foreign, foreign_total: total, ..last }));
        let fleet = &self.app.state().fleet;
        until("told", async || (fleet.foreign(self.director).total == total).then_some(())).await;
    }
}

fn mail() -> Foreign {
    let address = |text: &str| HostAddress::parse(text).unwrap();
    let port = Port::parse("25").unwrap();
    let settings = TableServiceSettings {
        scheduler: Scheduler::default(),
        persistence: None,
        one_packet: false,
        proxy_protocol: false,
    };
    let destination = TableDestination {
        forwarding: Forwarding::Masquerading,
        weight: Weight::new_const(3),
        thresholds: Thresholds::default(),
        role: Role::RealServer,
    };
    let key = TableDestinationKey { address: address("10.0.0.9"), port: Some(port) };
    Foreign {
        key: TableKey::Address {
            protocol: Protocol::Tcp,
            vip: address("192.0.2.9"),
            ports: Ports::single(port),
        },
        destination: None,
        service: Some(TableService { settings, destinations: BTreeMap::from([(key, destination)]) }),
        settings: None,
        words: "-A -t 192.0.2.9:25 -s wlc\n-a -t 192.0.2.9:25 -r 10.0.0.9:25 -m -w 3".into(),
        adopting: false,
    }
}

#[tokio::test]
async fn a_machine_is_examined_and_mends_what_it_named() {
    let site = site().await;
    let path = format!("{}/doctor", site.path());
    let page = site.page().await;
    assert!(page.contains("Examine this machine"), "{page}");

    site.app.browser.post(&path, &[]).await.leads_to(&format!("{}#doctor", site.path()));
    assert!(site.page().await.contains("was not examined"), "it has no doctor today");

    let forwarding = Finding::new(Gravity::Failing, Ailment::ForwardingOff, [("family", &"IPv4")])
        .remedy("sysctl -w net.ipv4.ip_forward=1")
        .fix("sysctl net/ipv4/ip_forward=1");
    let listing = Finding::new(Gravity::Note, Ailment::SlowListing, [("release", &"6.12.48")]);
    *site.agent.reports.findings.lock().unwrap() = Some(vec![forwarding, listing]);
    site.app.browser.post(&path, &[]).await;
    let page = site.page().await;
    assert!(page.contains("IPv4 packets are not forwarded") && page.contains("Ask again"), "{page}");
    assert!(page.contains("sysctl -w net.ipv4.ip_forward=1") && page.contains("Fix it"), "{page}");
    let page = chinese(&site.app.browser, &site.path()).await.text;
    assert!(page.contains("不转发 IPv4 数据包") && page.contains("Linux 6.12.48 列出一百万个连接"), "{page}");

    site.app.browser.post(&path, &[("fix", "sysctl kernel/panic=1")]).await;
    assert!(site.page().await.contains("nothing like that is the matter any more"));
    site.app.browser.post(&path, &[("fix", "sysctl net/ipv4/ip_forward=1")]).await;
    let page = site.page().await;
    assert!(
        page.contains("Done. The machine was examined again.") && !page.contains("not forwarded"),
        "{page}"
    );
    let audit = site.app.store().audit(10, None).await.unwrap();
    let mended: Vec<_> = audit.iter().filter(|entry| entry.action == "director.mend").collect();
    assert_eq!(mended.len(), 2, "{audit:?}");
    assert_eq!(
        (mended[0].subject.as_str(), mended[0].detail.as_str()),
        ("vs1", "sysctl net/ipv4/ip_forward=1")
    );
    site.agent.stop().await;
}

#[tokio::test]
async fn a_real_server_is_added_by_the_form_and_listed_as_one() {
    let site = site().await;
    let form = site.app.browser.get("/directors/new").await.text;
    assert!(form.contains(r#"name="role""#) && form.contains(r#"value="real-server""#), "{form}");
    let cluster = site.cluster.to_string();
    let fields = [("name", "real1"), ("cluster", cluster.as_str()), ("role", "real-server")];
    let answer = site.app.browser.post("/directors/new", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let machines = site.app.store().directors_of(site.cluster).await.unwrap();
    let roles: Vec<_> = machines.iter().map(|machine| (machine.name.to_string(), machine.role)).collect();
    assert_eq!(
        roles,
        [("real1".to_owned(), MachineRole::RealServer), ("vs1".to_owned(), MachineRole::Director)]
    );
    let list = chinese(&site.app.browser, "/directors").await.text;
    assert!(list.contains("真实服务器") && list.contains("调度器"), "{list}");
    let wrong = site.app.browser.post("/directors/new", &[("name", ""), fields[1], fields[2]]).await;
    assert!(wrong.text.contains(r#"value="real-server" checked"#), "what was chosen is kept: {}", wrong.text);
    site.agent.stop().await;
}

#[tokio::test]
async fn what_surrounds_a_table_is_shown_with_what_is_wrong() {
    let site = site().await;
    let failed = Surrounding {
        kind: "sysctl".into(),
        name: "net.ipv4.ip_forward".into(),
        state: SurroundingState::Failed,
        error: Some("read-only file system".into()),
    };
    let last = Observed::clone(&site.agent.observe.borrow());
    site.agent.observe.send_replace(Arc::new(Observed { surroundings: vec![failed], ..last }));
    let fleet = &site.app.state().fleet;
    let told = async || {
        let observed = fleet.director(site.director).observed;
        observed.filter(|observed| !observed.surroundings.is_empty()).map(drop)
    };
    until("told", told).await;
    let page = site.page().await;
    assert!(page.contains("Around the table") && page.contains("net.ipv4.ip_forward"), "{page}");
    assert!(page.contains("Not as it should be") && page.contains("read-only file system"), "{page}");
    site.agent.stop().await;
}

#[tokio::test]
async fn an_entry_of_somebody_elses_is_adopted_ignored_and_removed() {
    let site = site().await;
    assert!(!site.page().await.contains("Entries made by somebody else"));
    let mail = mail();
    let entry = mail.place().canonical();
    site.finds(vec![mail]).await;
    let page = site.page().await;
    assert!(page.contains("Entries made by somebody else"), "{page}");
    assert!(page.contains("-a -t 192.0.2.9:25 -r 10.0.0.9:25 -m -w 3"), "{page}");

    let path = format!("{}/foreign", site.path());
    let ask = |action: &str| {
        let query = serde_urlencoded(&[("entry", &entry), ("action", action)]);
        format!("{path}?{query}")
    };
    let asked = site.app.browser.get(&ask("remove")).await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.text);
    assert!(asked.text.contains("Remove service tcp 192.0.2.9:25 from vs1?"), "{}", asked.text);
    assert!(asked.text.contains("-A -t 192.0.2.9:25 -s wlc"), "spelled out: {}", asked.text);

    let post = async |action: &str| {
        let form = [("entry", entry.as_str()), ("action", action)];
        site.app.browser.post(&path, &form).await.leads_to(&format!("{}#foreign", site.path()));
        site.page().await
    };
    let page = post("ignore").await;
    assert!(page.contains("is ignored from now on") && page.contains("No longer ignore"), "{page}");
    assert!(post("heed").await.contains("is shown again"));
    let page = post("remove").await;
    assert!(page.contains("vs1 did not do it") && page.contains("the kernel said no"), "{page}");

    let page = post("adopt").await;
    assert!(page.contains("service tcp 192.0.2.9:25 is in the draft."), "{page}");
    let draft = site.app.store().draft(site.cluster).await.unwrap().cluster;
    let adopted =
        draft.services().values().find(|service| service.settings.name.as_str() == "tcp 192.0.2.9:25");
    assert_eq!(adopted.unwrap().destinations.len(), 1);
    let page = post("adopt").await;
    assert!(page.contains("as soon as the draft is applied"), "twice is as good as once: {page}");
    let actions: Vec<_> = site.agent.reports.commands.lock().unwrap().iter().map(|c| c.action).collect();
    assert_eq!(actions, [ForeignAction::Remove, ForeignAction::Adopt, ForeignAction::Adopt]);

    site.finds(Vec::new()).await;
    let gone = site.app.browser.get(&ask("remove")).await;
    gone.leads_to(&format!("{}#foreign", site.path()));
    let odd = site.app.browser.get(&format!("{path}?entry=x&action=remove")).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    site.agent.stop().await;
}

#[tokio::test]
async fn a_plan_says_what_it_means_for_each_directors_table() {
    let site = site().await;
    let fleet = &site.app.state().fleet;
    let actor = Actor::command_line();
    let edited = site.app.store().edit_draft(&actor, site.cluster, None, "a test", |editing| {
        let (id, mut service) =
            editing.services().iter().next().map(|(id, service)| (*id, service.clone())).unwrap();
        service.settings.scheduler = model::SchedulerKind::Rr.into();
        editing.put_service(id, service)
    });
    edited.await.unwrap();
    let path = format!("/clusters/{}/changes", site.cluster);
    let page = site.app.browser.get(&path).await.text;
    assert!(
        page.contains("In the directors&#x27; tables") || page.contains("In the directors' tables"),
        "{page}"
    );
    assert!(page.contains("change 1 service in place"), "{page}");
    assert!(page.contains("No live connection goes through what changes."), "{page}");
    let page = chinese(&site.app.browser, &path).await.text;
    assert!(page.contains("就地更改 1 个服务"), "{page}");
    site.agent.stop().await;
    until("away", async || (!fleet.director(site.director).connected).then_some(())).await;
    let page = site.app.browser.get(&path).await.text;
    assert!(page.contains("Away: as of its last report."), "{page}");
}

#[tokio::test]
async fn programs_of_connected_directors_are_the_choices_of_a_check() {
    let site = site().await;
    let web = crate::drawing::service_of(&site.app, site.cluster, "web").await;
    let path = format!("/clusters/{}/services/{web}/monitoring", site.cluster);
    let page = site.app.browser.get(&path).await.text;
    assert!(page.contains(r#"<option value="check-http">check-http</option>"#), "{page}");
    assert!(!page.contains("No connected director offers"), "{page}");
    let fleet = &site.app.state().fleet;
    site.agent.stop().await;
    until("away", async || (!fleet.director(site.director).connected).then_some(())).await;
    let page = site.app.browser.get(&path).await.text;
    assert!(page.contains("No connected director offers a program"), "{page}");
}

fn serde_urlencoded(pairs: &[(&str, &str)]) -> String {
    let encoded = pairs.iter().map(|(name, value)| {
        let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("{name}={value}")
    });
    encoded.collect::<Vec<_>>().join("&")
}
