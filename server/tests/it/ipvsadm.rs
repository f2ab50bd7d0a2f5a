//! Saved tables: by the command line and by the pages, in and out.

use std::process::Command;

use model::ClusterId;
use reqwest::StatusCode;

use crate::clusters::import;
use crate::drawing::{Fields, apply, chinese, shop_with_web};
use crate::support::TestApp;

const SAVED: &str = "-A -t 192.0.2.80:443 -s sh -p 600 -b sh-port\n-a -t 192.0.2.80:443 -r 10.0.0.1:443 -g -w 2\n-A -f 7 -s wlc\n";

fn arapaima(args: &[&str]) -> (i32, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_arapaima")).args(args).env("RUST_LOG", "warn").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_saved_table_goes_in_and_comes_out_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let (file, data) = (directory.path().join("old.rules"), directory.path().join("data"));
    std::fs::write(&file, SAVED).unwrap();
    let (file, data) = (file.to_str().unwrap(), data.to_str().unwrap());
    assert_eq!(arapaima(&["user", "add", "admin", "--data", data]).0, 0);

    let (code, out, _) = arapaima(&["ipvsadm", "check", file]);
    assert!(code == 0 && out.contains("2 virtual services, 1 real servers"), "{out}");
    assert!(out.contains("ipvsadm-save leaves out the idle times"), "{out}");

    let import =
        ["ipvsadm", "import", file, "--data", data, "--tcp-timeout", "600", "--upper-threshold", "90"];
    let (code, out, err) = arapaima(&import);
    assert_eq!((code, out.as_str()), (0, "cluster 1 old\n"), "{err}");
    assert!(err.contains("ipvsadm knows no checks") && !err.contains("leaves out the idle times"), "{err}");

    let (code, out, err) = arapaima(&["ipvsadm", "export", "--cluster", "1", "--data", data]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(out, format!("--set 600 0 0\n{}", SAVED.replace("-w 2", "-w 2 -x 90")));
    let (code, out, _) = arapaima(&["lvscf", "export", "--cluster", "1", "--data", data]);
    assert!(code == 0 && out.contains("address = 192.0.2.80 eth0:1"), "{out}");
    let (code, _, err) = arapaima(&["ipvsadm", "export", "--cluster", "1", "--data", data, "--applied"]);
    assert!(code == 1 && err.contains("nothing of cluster 1 has been applied"), "{err}");
}

#[test]
fn a_table_with_names_is_refused_with_the_place_and_the_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("named.rules");
    std::fs::write(&file, "-A -t www.example:https -s wlc\n").unwrap();
    let (code, out, err) = arapaima(&["ipvsadm", "check", file.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(
        err.contains("named.rules:1:7") && err.contains("^^^^") && err.contains("ipvsadm-save -n"),
        "{err}"
    );
}

#[tokio::test]
async fn the_import_page_knows_a_saved_table_and_asks_for_what_it_leaves_out() {
    let app = TestApp::logged_in().await;
    let first = [("cluster_name", None, b"old".as_slice()), ("text", None, SAVED.as_bytes())];
    let review = import(&app, &first).await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.text);
    assert!(review.text.contains("Not said in the file") && review.text.contains("name=\"upper_threshold\""));

    let fields = Fields::of(&review, "/clusters/import");
    let source = fields.get("source").to_owned();
    let save = |timeout: &'static [u8], device: &'static [u8]| {
        let source = source.clone();
        let app = &app;
        async move {
            let parts = [
                ("cluster_name", None, b"old".as_slice()),
                ("source", None, source.as_bytes()),
                ("tcp_timeout", None, timeout),
                ("upper_threshold", None, b"80"),
                ("lower_threshold", None, b"60"),
                ("syncd_iface", None, device),
                ("syncd_id", None, b"7"),
                ("save", None, b"1"),
            ];
            import(app, &parts).await
        }
    };
    let wrong = save(b"5 minutes", b"").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("value=\"5 minutes\"") && wrong.text.contains("f-syncd_iface"),
        "{}",
        wrong.text
    );
    assert!(app.store().clusters().await.unwrap().is_empty());

    save(b"600", b"eth1").await.leads_to("/clusters/1/services");
    let cluster = app.store().draft(ClusterId(1)).await.unwrap().cluster;
    assert_eq!(cluster.settings().timeouts.tcp.map(|time| time.get()), Some(600));
    assert_eq!(cluster.redundancy().sync_daemon.as_ref().unwrap().to_string(), "eth1, id 7");
    let limits: Vec<_> = cluster
        .services()
        .values()
        .flat_map(|service| service.destinations.values())
        .map(|server| server.thresholds.to_string())
        .collect();
    assert_eq!(limits, ["upper 80, lower 60"]);
}

#[tokio::test]
async fn a_fault_of_a_saved_table_is_shown_with_its_place() {
    let app = TestApp::logged_in().await;
    let text = SAVED.replace("192.0.2.80:443 -s", "www:443 -s");
    let answer = import(&app, &[("cluster_name", None, b"old"), ("text", None, text.as_bytes())]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let shown = answer.text.replace("<!>", "");
    assert!(shown.contains("Line 1, column 7") && shown.contains("<mark>www:443</mark>"), "{shown}");
    assert!(!shown.contains("Piranha would say"), "{shown}");
}

#[tokio::test]
async fn a_cluster_is_exported_as_draft_and_as_applied() {
    let app = TestApp::logged_in().await;
    let (id, _) = shop_with_web(&app).await;
    apply(&app, id).await;
    let page = app.browser.get(&format!("/clusters/{id}/export")).await;
    assert!(page.text.contains("This is generation 1, as it is applied."), "{}", page.text);
    let page = chinese(&app.browser, &format!("/clusters/{id}/export?draft=1")).await;
    assert!(page.text.contains("以下内容来自草稿。") && page.text.contains("下载 lvs.cf"), "{}", page.text);
    for (file, begins) in [("ipvsadm.rules", "-A -t "), ("lvs.cf", "serial_no = ")] {
        let answer = app.browser.get(&format!("/clusters/{id}/export/{file}")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.text.starts_with(begins), "{}", answer.text);
        let kept = answer.headers.get("content-disposition").unwrap().to_str().unwrap();
        assert_eq!(kept, format!("attachment; filename=\"{file}\""));
    }
    let edit = app.browser.get(&format!("/clusters/{id}/edit")).await;
    assert!(edit.text.contains(&format!("/clusters/{id}/export\"")), "{}", edit.text);
    assert_eq!(app.browser.get("/clusters/99/export/lvs.cf").await.status, StatusCode::NOT_FOUND);
}
