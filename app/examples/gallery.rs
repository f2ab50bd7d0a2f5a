//! Renders every page with made-up data to HTML files, to be looked at without a console:
//!
//! ```sh
//! cargo run -p app --features ssr --example gallery -- DIRECTORY
//! ```
//! The states are those in which a page is easily wrong: nothing in it, the four-machine cluster, 300 services with long
//! names and IPv6, a director away, an apply that failed in part; each in both languages and both themes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use app::components::{FieldErrors, Flash, Listing};
use app::frame::{
    AssetUrls, ClusterHeader, Frame, HeaderDirector, RailCluster, Rights, Standing, Tab, Theme,
};
use app::live::{
    DirectorRole, LiveDirector, LiveServer, LiveService, Look, Method, Numbers, Phase, Presence, Shape,
    Trends, View,
};
use app::pages::people::Sessions;
use app::pages::{account, changes, clusters, control, directors, error, login, servers, services};
use app::{Lang, State};
use leptos::prelude::*;
use model::input::{DestinationInput, ServiceInput};
use model::plan::Impact;
use model::{
    Cluster, ClusterId, Desired, DirectorId, Field, Generation, Problem, Problems, Reason, ServiceId,
};

/// 2026-11-22 11:40:05 UTC.
const NOW_MS: i64 = 1_795_347_605_000;

struct Gallery {
    directory: PathBuf,
    css: String,
    lang: Lang,
    theme: Theme,
}

fn main() -> Result<()> {
    let directory: PathBuf = std::env::args_os().nth(1).context("name a directory to write to")?.into();
    fs::create_dir_all(&directory)?;
    let css = directory.join("app.css");
    fs::write(&css, styles()?)?;
    let css = fs::canonicalize(css)?.display().to_string();
    for lang in Lang::ALL {
        for theme in [Theme::Light, Theme::Dark] {
            Gallery { directory: directory.clone(), css: css.clone(), lang: *lang, theme }.draw()?;
        }
    }
    Ok(())
}

fn styles() -> Result<String> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../style");
    let mut files: Vec<PathBuf> =
        fs::read_dir(place)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    Ok(files.iter().map(fs::read_to_string).collect::<std::io::Result<Vec<_>>>()?.concat())
}

impl Gallery {
    fn draw(&self) -> Result<()> {
        self.outside()?;
        self.control()?;
        self.directors()?;
        self.drafts()?;
        self.confirmations()
    }

    fn write(&self, name: &str, frame: Frame, title: &str, body: impl FnOnce() -> AnyView) -> Result<()> {
        let lang = if self.lang == Lang::En { "en" } else { "zh" };
        let html = app::frame::render(frame, title, body);
        let file = self.directory.join(format!("{name}.{lang}.{}.html", self.theme.name()));
        fs::write(&file, html).with_context(|| format!("could not write {}", file.display()))
    }

    /// A frame without anybody in it.
    fn bare(&self, path: &str) -> Frame {
        Frame {
            lang: self.lang,
            theme: self.theme,
            nonce: "n".into(),
            assets: AssetUrls { css: self.css.clone(), ..AssetUrls::default() },
            path: path.into(),
            now_ms: NOW_MS,
            ..Frame::default()
        }
    }

    fn frame(&self, path: &str) -> Frame {
        let rail = [
            (1, "shop", State::Serving),
            (2, "报表 reports", State::Degraded),
            (3, "mail-relay-of-the-eastern-region", State::Stopped),
        ];
        let rail = rail.map(|(id, name, state)| RailCluster { id: ClusterId(id), name: name.into(), state });
        let rights = Rights { look_only: false, create: true, audit: true, administer: true };
        Frame { user: Some("admin".into()), rights, rail: rail.into(), ..self.bare(path) }
    }

    fn in_cluster(&self, tab: Tab, state: State, standing: Standing, changes: usize) -> Frame {
        let director = |name: &str, presence| HeaderDirector { name: name.into(), presence };
        let cluster = ClusterHeader {
            id: ClusterId(1),
            name: "shop".into(),
            standing,
            state,
            since: Some(NOW_MS - 3_700_000),
            failing: (0, 2),
            directors: vec![
                director("vs1", Presence::Connected),
                director("vs2", if state == State::Degraded { Presence::Away } else { Presence::Connected }),
            ],
            changes,
            tab: Some(tab),
        };
        Frame { cluster: Some(cluster), ..self.frame(&tab.href(ClusterId(1))) }
    }

    fn outside(&self) -> Result<()> {
        use app::i18n::{account as words, errors};
        let lang = self.lang;
        let failed = Flash::failed(words::WRONG.get(lang));
        self.write("login", self.bare("/login"), words::LOG_IN.get(lang), || {
            login::view(login::Login::default())
        })?;
        self.write("login-failed", self.bare("/login"), words::LOG_IN.get(lang), || {
            login::view(login::Login {
                name: "admin".into(),
                message: Some(failed),
                ..login::Login::default()
            })
        })?;
        self.write("account", self.frame("/account"), words::ACCOUNT.get(lang), || {
            let mut errors = FieldErrors::default();
            errors.push(account::names::CURRENT, words::CURRENT.get(lang), words::CURRENT_WRONG.get(lang));
            let roles = "Administrator in the whole console".to_owned();
            let sessions = Sessions::default();
            account::view(account::Account { name: "admin".into(), roles, shortest: 12, errors, sessions })
        })?;
        self.write("not-found", self.frame("/x"), errors::NOT_FOUND.get(lang), || {
            error::view(error::Failed {
                status: 404,
                title: errors::NOT_FOUND.get(lang).into(),
                text: errors::NOT_FOUND_WHY.get(lang).into(),
                logged_in: true,
            })
        })
    }

    fn control(&self) -> Result<()> {
        let title = app::i18n::control::TITLE.get(self.lang);
        let running = Standing::Running(Generation(12));
        let show = |shape: Option<Shape>, numbers: Numbers, drafted: u64, q: &str| {
            let view = View::parse(q, "", "");
            let control = control::Control {
                cluster: ClusterId(1),
                shape,
                numbers,
                trends: Trends::default(),
                view,
                look: Look::default(),
                drafted,
                now_ms: NOW_MS,
            };
            move || control::view(control)
        };
        let nothing = self.in_cluster(Tab::Control, State::Stopped, Standing::NeverApplied, 0);
        self.write("control-nothing", nothing, title, show(None, Numbers::default(), 0, ""))?;
        let never = self.in_cluster(Tab::Control, State::Stopped, Standing::NeverApplied, 4);
        self.write("control-never", never, title, show(None, Numbers::default(), 3, ""))?;
        let mut four = self.in_cluster(Tab::Control, State::Serving, running, 2);
        four.flash =
            Some(Flash::done(app::i18n::control::STARTED.with(self.lang, &[("name", &"shop"), ("n", &12)])));
        self.write(
            "control-four",
            four,
            title,
            show(Some(four_machines()), numbers(&four_machines()), 2, ""),
        )?;
        let stopped = self.in_cluster(Tab::Control, State::Stopped, Standing::Stopped(Generation(13)), 0);
        let mut shape = four_machines();
        shape.running = false;
        for service in &mut shape.services {
            service.state = State::Stopped;
            service.servers.iter_mut().for_each(|server| server.state = State::Stopped);
        }
        self.write(
            "control-stopped",
            stopped,
            title,
            show(Some(shape), Numbers { at: NOW_MS, known: true, rows: Vec::new() }, 2, ""),
        )?;
        let large = three_hundred();
        self.write(
            "control-300",
            self.in_cluster(Tab::Control, State::Degraded, running, 0),
            title,
            show(Some(large.clone()), numbers(&large), 300, ""),
        )?;
        let away = away();
        self.write(
            "control-away",
            self.in_cluster(Tab::Control, State::Unknown, running, 0),
            title,
            show(Some(away), Numbers::default(), 2, ""),
        )?;
        let partial = partial();
        self.write(
            "control-partial",
            self.in_cluster(Tab::Control, State::Degraded, running, 0),
            title,
            show(Some(partial.clone()), numbers(&partial), 2, ""),
        )?;
        let unmatched = self.in_cluster(Tab::Control, State::Serving, running, 0);
        self.write(
            "control-unmatched",
            unmatched,
            title,
            show(Some(four_machines()), numbers(&four_machines()), 2, "nowhere"),
        )
    }

    fn directors(&self) -> Result<()> {
        use app::i18n::directors as words;
        let title = words::TITLE.get(self.lang);
        let row = |id: u32, name: &str, link: directors::Link| directors::DirectorRow {
            id: DirectorId(id),
            name: name.into(),
            cluster: ClusterId(1),
            cluster_name: "shop".into(),
            link,
            seen_ms: (link != directors::Link::Unenrolled).then_some(NOW_MS - 65_000),
            observed: (link != directors::Link::Unenrolled).then_some(11),
            partial: None,
            refuses: false,
            wanted: Some(12),
            data_plane: matches!(link, directors::Link::Connected(_)).then(|| "user".to_owned()),
            role: model::MachineRole::Director,
        };
        let rows = vec![
            row(1, "vs1", directors::Link::Connected(Some(NOW_MS - 7_200_000))),
            row(2, "vs2", directors::Link::Away(Some(NOW_MS - 65_000))),
            row(3, "edge-director-in-the-second-rack.example.net", directors::Link::Unenrolled),
            row(4, "old", directors::Link::Revoked(NOW_MS - 864_000_000)),
        ];
        self.write("directors-empty", self.frame("/directors"), title, || {
            directors::list_view(Vec::new(), true)
        })?;
        self.write("directors", self.frame("/directors"), title, || {
            directors::list_view(rows.clone(), true)
        })?;
        self.write("directors-new", self.frame("/directors/new"), words::NEW_TITLE.get(self.lang), || {
            let mut errors = FieldErrors::default();
            let problem = Problem::new(Field::ServerName, "", Reason::Missing);
            errors.push("name", words::NAME.get(self.lang), app::i18n::problems::text(&problem, self.lang));
            let clusters = vec![(ClusterId(1), "shop".to_owned()), (ClusterId(2), "报表 reports".to_owned())];
            directors::new_view(directors::NewDirector {
                clusters,
                cluster: "1".into(),
                name: String::new(),
                role: model::MachineRole::Director.to_string(),
                errors,
            })
        })?;
        let director = |row: directors::DirectorRow, enrol: Option<(String, i64)>| directors::Director {
            certificate_until_ms: Some(NOW_MS + 20 * 86_400_000),
            fingerprint: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into()),
            agent_version: Some("0.1.0".into()),
            host_name: Some("vs1.example.net".into()),
            data_plane_why: Some("no IPVS in this kernel".into()),
            connection_limit: Some(65_536),
            schedulers: ["rr", "wrr", "lc", "wlc", "sed", "nq", "sh", "dh"].map(str::to_owned).into(),
            phase: None,
            checkup: Some(checkup(NOW_MS)),
            around: around(),
            foreign: Some(foreign_entries()),
            enrol,
            row,
        };
        self.write("director", self.frame("/directors/1"), "vs1", || {
            directors::view(director(rows[0].clone(), None))
        })?;
        let bare = directors::Director {
            certificate_until_ms: None,
            fingerprint: None,
            agent_version: None,
            host_name: None,
            data_plane_why: None,
            connection_limit: None,
            schedulers: Vec::new(),
            checkup: None,
            around: Vec::new(),
            foreign: None,
            ..director(rows[2].clone(), Some((command(), NOW_MS + 3_600_000)))
        };
        self.write("director-enrol", self.frame("/directors/3"), "edge", || directors::view(bare))
    }

    fn drafts(&self) -> Result<()> {
        let lang = self.lang;
        let running = Standing::Running(Generation(12));
        let row = |id: u32, name: &str, state: State, standing: Standing, services: u64, changes: bool| {
            clusters::ClusterRow {
                id: ClusterId(id),
                name: name.into(),
                state,
                since: Some(NOW_MS - 86_400_000),
                standing,
                services,
                changes,
                may_edit: true,
            }
        };
        let rows = vec![
            row(1, "shop", State::Serving, running, 2, true),
            row(2, "报表 reports", State::Degraded, running, 300, false),
            row(3, "mail-relay-of-the-eastern-region", State::Stopped, Standing::NeverApplied, 1, true),
        ];
        let title = app::i18n::clusters::TITLE.get(lang);
        self.write("clusters-empty", Frame { rail: Vec::new(), ..self.frame("/clusters") }, title, || {
            clusters::list(Vec::new()).into_any()
        })?;
        self.write("clusters", self.frame("/clusters"), title, || clusters::list(rows).into_any())?;
        let title = app::i18n::services::TITLE.get(lang);
        let cluster = cluster(3);
        for (name, count) in [("services", 3), ("services-300", 300)] {
            let page = services_page(&self::cluster(count));
            self.write(name, self.in_cluster(Tab::Services, State::Serving, running, 2), title, || {
                services::list(page).into_any()
            })?;
        }
        self.write(
            "services-empty",
            self.in_cluster(Tab::Services, State::Serving, running, 0),
            title,
            || services::list(services_page(&self::cluster(0))).into_any(),
        )?;
        let mut input = ServiceInput::new();
        input.name = "web".into();
        let form = services::ServiceForm {
            cluster: ClusterId(1),
            service: Some((ServiceId(1), "web".into(), 2)),
            input,
            base: String::new(),
            errors: wrong(lang),
            gone: None,
        };
        self.write(
            "service-form-wrong",
            self.in_cluster(Tab::Services, State::Serving, running, 0),
            "web",
            || services::form(form).into_any(),
        )?;
        let new = services::ServiceForm {
            cluster: ClusterId(1),
            service: None,
            input: ServiceInput::new(),
            base: String::new(),
            errors: FieldErrors::default(),
            gone: None,
        };
        self.write(
            "service-form",
            self.in_cluster(Tab::Services, State::Serving, running, 0),
            app::i18n::services::NEW_TITLE.get(lang),
            || services::form(new).into_any(),
        )?;
        let rows = cluster.services()[&ServiceId(10)].destinations.iter().map(|(&id, destination)| {
            servers::ServerRow { id, destination: destination.clone(), mark: None }
        });
        let page = servers::ServersPage {
            cluster: ClusterId(1),
            service: ServiceId(10),
            name: "web".into(),
            rows: rows.collect(),
            listing: listing("/clusters/1/services/10/servers", 3, false),
            inherited: model::Forwarding::Masquerading,
        };
        self.write("servers", self.in_cluster(Tab::Services, State::Serving, running, 0), "web", || {
            servers::list(page).into_any()
        })?;
        let form = servers::ServerForm {
            cluster: ClusterId(1),
            service: (ServiceId(10), "web".into()),
            server: None,
            input: DestinationInput::new(),
            base: String::new(),
            errors: FieldErrors::default(),
            gone: None,
            inherited: model::Forwarding::Masquerading,
            back: "/clusters/1/services/10/servers".into(),
        };
        self.write(
            "server-form",
            self.in_cluster(Tab::Services, State::Serving, running, 0),
            "real1",
            || servers::form(form).into_any(),
        )?;
        let before = Desired { running: true, cluster: self::cluster(2) };
        let changes = changes::ChangesPage {
            id: ClusterId(1),
            version: 4,
            changes: model::plan(&before.cluster, &cluster),
            impact: Impact::between(Some(&before), &cluster),
            tables: vec![changes::TablePlan {
                director: "vs1".into(),
                plane: Some("kernel".into()),
                tally: Some(model::table::Tally { services_added: 1, weights: 2, ..Default::default() }),
                connections: Some(12),
                away: false,
            }],
            foreseen: Vec::new(),
            twins: Vec::new(),
            draft: std::sync::Arc::new(cluster),
            applied: Some((Generation(12), before)),
            message: String::new(),
            start: None,
            errors: FieldErrors::default(),
            conflict: None,
            seen: None,
            refused: None,
            progress: None,
        };
        let title = app::i18n::changes::TITLE.get(lang);
        self.write("changes", self.in_cluster(Tab::Changes, State::Serving, running, 1), title, || {
            changes::changes(changes).into_any()
        })
    }

    fn confirmations(&self) -> Result<()> {
        let running = Standing::Running(Generation(12));
        let frame = || self.in_cluster(Tab::Control, State::Serving, running, 0);
        let stop = control::Stop {
            cluster: ClusterId(1),
            name: "shop".into(),
            services: 2,
            established: Some(412),
            errors: FieldErrors::default(),
        };
        self.write("stop", frame(), app::i18n::frame::STOP.get(self.lang), || control::stop_view(stop))?;
        self.write(
            "revoke",
            self.frame("/directors/1/revoke"),
            app::i18n::directors::REVOKE.get(self.lang),
            || directors::revoke_view(DirectorId(1), "vs1"),
        )
    }
}

fn command() -> String {
    "arapaima-agent run --state /var/lib/arapaima-agent --console 192.0.2.5:3637 --token \
     arp1.dGhpcyBpcyBhIG1hZGUtdXAgdG9rZW4gZm9yIGxvb2tz.n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"
        .into()
}

fn wrong(lang: Lang) -> FieldErrors {
    let mut all = Vec::new();
    for (field, value, reason) in [
        (Field::Vip, "10.0..0.2", Reason::NotAnAddress),
        (Field::Ports, "99999", Reason::OutOfRange { min: 1, max: 65_535 }),
    ] {
        all.push(Problem::new(field, value, reason));
    }
    Problems::none_or(all).err().map(|problems| FieldErrors::of(&problems, lang)).unwrap_or_default()
}

fn director(id: u32, name: &str, state: State, phase: Phase) -> LiveDirector {
    LiveDirector {
        id,
        name: name.into(),
        state,
        since: NOW_MS - 7_200_000,
        phase,
        role: (state != State::Unknown).then_some(DirectorRole::Active),
        data_plane: "kernel 1.2.1".into(),
        seen: NOW_MS - 7_200_000,
        crowding: None,
        error: Default::default(),
    }
}

fn live_server(id: u32, name: &str, state: State, address: &str) -> LiveServer {
    LiveServer {
        id,
        name: name.into(),
        state,
        since: NOW_MS - i64::from(id) * 97_000,
        address: address.into(),
        forwarding: Method::Nat,
        weight: 1,
        note: if state == State::Failing {
            "connect 10.0.0.3:80: connection refused".into()
        } else {
            Default::default()
        },
        drafted: None,
    }
}

fn live_service(id: u32, name: &str, state: State, address: &str, servers: Vec<LiveServer>) -> LiveService {
    LiveService {
        id,
        name: name.into(),
        state,
        since: NOW_MS - 3_700_000,
        protocol: "TCP".into(),
        address: address.into(),
        scheduler: "wlc".into(),
        note: Default::default(),
        sorry: false,
        drafted: None,
        servers,
    }
}

/// Two directors, two real servers and one that is not active: the cluster of the original guide.
fn four_machines() -> Shape {
    let servers = vec![
        live_server(2, "real1", State::Serving, "192.168.1.11:80"),
        live_server(3, "real2", State::Serving, "192.168.1.12:80"),
        live_server(4, "real3", State::Inactive, "192.168.1.13:80"),
    ];
    let dns = LiveService {
        protocol: "UDP".into(),
        scheduler: "rr persistent 600".into(),
        ..live_service(
            5,
            "名称服务",
            State::Draining,
            "10.0.0.50:53",
            vec![LiveServer { weight: 0, ..live_server(6, "ns1", State::Draining, "192.168.1.21:53") }],
        )
    };
    Shape {
        directors: vec![
            director(1, "vs1", State::Serving, Phase::Verified(12)),
            director(2, "vs2", State::Serving, Phase::Applying(12)),
        ],
        services: vec![live_service(1, "web", State::Serving, "10.0.0.50:80", servers), dns],
        running: true,
        generation: 12,
        applied: NOW_MS - 7_300_000,
    }
}

fn away() -> Shape {
    let mut shape = four_machines();
    shape.directors = vec![
        director(1, "vs1", State::Unknown, Phase::Away),
        LiveDirector { since: 0, ..director(2, "vs2", State::Inactive, Phase::Unenrolled) },
    ];
    for service in &mut shape.services {
        service.state = State::Unknown;
        for server in service.servers.iter_mut().filter(|server| server.state != State::Inactive) {
            server.state = State::Unknown;
        }
    }
    shape
}

fn partial() -> Shape {
    let mut shape = four_machines();
    shape.directors[0] = LiveDirector {
        error: "2 of 3 objects applied".into(),
        ..director(1, "vs1", State::Degraded, Phase::Partial(12))
    };
    shape.directors[1] = director(2, "vs2", State::Serving, Phase::Verified(11));
    shape.services[0].state = State::Degraded;
    shape.services[0].servers[1] = live_server(3, "real2", State::Failing, "192.168.1.12:80");
    let note =
        "bind 10.0.0.50:53: address already in use; end the other program or choose another port".into();
    shape.services[1] = LiveService { note, state: State::Failing, sorry: true, ..shape.services[1].clone() };
    shape
}

fn three_hundred() -> Shape {
    let services = (0..300_u32).map(|index| {
        let id = index * 10 + 10;
        let states = [State::Serving, State::Serving, State::Serving, State::Failing];
        let servers = (1..4_u32).map(|n| {
            let state = if index % 11 == 0 && n == 3 { State::Failing } else { State::Serving };
            live_server(
                id + n,
                &format!("application-backend-{index:03}-{n}.eu-central.example.net"),
                state,
                &format!("[2001:db8:85a3:{index:x}::8a2e:370:{n}]:8443"),
            )
        });
        let state = if index % 11 == 0 { State::Degraded } else { states[0] };
        live_service(
            id,
            &format!("customer-facing-storefront-{index:03}-with-a-long-name"),
            state,
            &format!("[2001:db8:85a3::{index:x}]:443"),
            servers.collect(),
        )
    });
    Shape { services: services.collect(), ..four_machines() }
}

fn numbers(shape: &Shape) -> Numbers {
    let mut rows = Vec::new();
    for service in &shape.services {
        let mut sum = [u64::from(service.id), 0, 0, 0, 0, 0, 0];
        for server in service.servers.iter().filter(|server| server.state == State::Serving) {
            let id = u64::from(server.id);
            let row = [
                u64::from(service.id),
                id,
                id * 37 % 4_000,
                id * 11 % 700,
                id * 7 % 90,
                id * 91_177 % 9_000_000,
                id * 891_177 % 90_000_000,
            ];
            (2..7).for_each(|index| sum[index] += row[index]);
            rows.push(row);
        }
        rows.push(sum);
    }
    Numbers { at: NOW_MS, known: true, rows }
}

/// A draft with so many virtual services.
fn cluster(count: u32) -> Cluster {
    let mut services = serde_json::Map::new();
    for index in 0..count {
        let id = index * 10 + 10;
        let server = |n: u32| serde_json::json!({"name": format!("real{n}"), "address": format!("2001:db8:85a3:{index:x}::8a2e:370:{n}"), "weight": n, "active": n != 3});
        services.insert(id.to_string(), serde_json::json!({
            "name": if index == 0 { "web".to_owned() } else { format!("customer-facing-storefront-{index:03}-with-a-long-name") },
            "active": index % 7 != 5,
            "key": {"address": {"protocol": "tcp", "vip": format!("2001:db8:85a3::{:x}", index + 1), "ports": "80,443"}},
            "scheduler": "wlc", "check": "connect", "timeout": 6, "reentry": 15, "quiesce": index % 2 == 0,
            "destinations": {(id + 1).to_string(): server(1), (id + 2).to_string(): server(2), (id + 3).to_string(): server(3)},
        }));
    }
    let redundancy = serde_json::to_value(model::Redundancy::default()).unwrap_or_default();
    let document = serde_json::json!({
        "name": "shop", "settings": {"forwarding": "masquerading"}, "redundancy": redundancy, "services": services,
    });
    match serde_json::from_value(document) {
        Ok(cluster) => cluster,
        Err(error) => panic!("the made-up cluster is wrong: {error}"),
    }
}

fn services_page(cluster: &Cluster) -> services::ServicesPage {
    let all = u64::try_from(cluster.services().len()).unwrap_or_default();
    let rows =
        cluster.services().iter().take(200).enumerate().map(|(index, (&id, service))| services::ServiceRow {
            id,
            settings: service.settings.clone(),
            servers: service.destinations.len(),
            active_servers: 2,
            mark: (index == 0).then_some(services::DraftMark::Edited),
        });
    services::ServicesPage {
        cluster: ClusterId(1),
        rows: rows.collect(),
        listing: listing("/clusters/1/services", all, all > 200),
    }
}

/// The first part of a list of so many, with or without another one after it.
fn listing(base: &str, all: u64, more: bool) -> Listing {
    let next = more.then(|| "/x".to_owned());
    Listing { base: base.into(), matching: all, all, from: 1, next, path: base.into(), ..Listing::default() }
}

/// A director that three things are the matter with.
fn checkup(now_ms: i64) -> directors::doctor::Checkup {
    use model::{Ailment, Finding, Gravity};
    let vip: &dyn std::fmt::Display = &"10.0.0.2";
    let findings = vec![
        Finding::new(Gravity::Failing, Ailment::ForwardingOff, [("family", &"IPv4")])
            .remedy("sysctl -w net.ipv4.ip_forward=1")
            .fix("sysctl net/ipv4/ip_forward=1"),
        Finding::new(
            Gravity::Failing,
            Ailment::VipAnsweredElsewhere,
            [("vip", vip), ("mac", &"52:54:00:12:34:56"), ("device", &"eth0")],
        )
        .remedy("sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2"),
        Finding::new(Gravity::Note, Ailment::SlowListing, [("release", &"6.12.48+deb13-amd64")]),
    ];
    directors::doctor::Checkup { director: DirectorId(1), can: true, last: Some((findings, now_ms - 65_000)) }
}

/// What surrounds a table.
fn around() -> Vec<directors::around::Around> {
    use directors::around::Fares;
    let thing = |kind: &str, name: &str, fares, error: Option<&str>| directors::around::Around {
        kind: kind.to_owned(),
        name: name.to_owned(),
        fares,
        error: error.map(str::to_owned),
    };
    vec![
        thing("address", "10.0.0.2/32 on eth0", Fares::Applied, None),
        thing("address", "192.168.10.254/24 on eth1", Fares::Foreign, None),
        thing(
            "sysctl",
            "net.ipv4.ip_forward",
            Fares::Failed,
            Some("cannot write /proc/sys/net/ipv4/ip_forward: Read-only file system"),
        ),
        thing("rules", "nftables table inet arapaima", Fares::Applied, None),
    ]
}

/// Entries that somebody else made.
fn foreign_entries() -> directors::foreign::ForeignEntries {
    let row = |title: &str, words: &str, ignored: bool| directors::foreign::ForeignRow {
        entry: title.to_owned(),
        title: title.to_owned(),
        words: words.to_owned(),
        adoptable: !ignored,
        adopting: false,
        ignored,
    };
    let rows = vec![
        row(
            "service tcp 10.0.0.9:25",
            "-A -t 10.0.0.9:25 -s rr\n-a -t 10.0.0.9:25 -r 192.168.10.103:25 -m -w 1",
            false,
        ),
        row("service mark 7 (IPv4)", "-A -f 7 -s wlc -p 360", true),
    ];
    directors::foreign::ForeignEntries { director: DirectorId(1), rows, total: 2, can: true }
}
