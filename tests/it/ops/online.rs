//! `check --online` against the simulated platforms: right keys, wrong keys, wrong numbers, nobody.

use std::net::SocketAddr;
use std::sync::Arc;

use duizhang::business_day::BusinessDate;
use duizhang::check::online;
use duizhang::clock::SystemClock;
use duizhang::config::load;
use duizhang::simulator::serve;
use duizhang::simulator::world::{World, WorldSettings};
use tempfile::TempDir;

/// What is said of each account, after the configuration was edited.
async fn lines_of(edit: impl Fn(&str) -> String, key: Option<&str>) -> Vec<String> {
    let date = BusinessDate::parse("2026-11-18").unwrap();
    let settings = WorldSettings { orders: 20, planted: false, ..WorldSettings::demo(date) };
    let world = Arc::new(World::make(settings).unwrap());
    let simulator = serve(Arc::clone(&world), SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let folder = TempDir::new().unwrap();
    let files = world.write_files(folder.path(), simulator.addr).unwrap();
    let text = std::fs::read_to_string(&files.config).unwrap();
    std::fs::write(&files.config, edit(&text)).unwrap();
    if let Some(key) = key {
        for name in ["icashier", "jeepay", "lhxpay", "mmsp", "xxpay", "zhangxun"] {
            std::fs::write(folder.path().join(format!("secrets/{name}.key")), key).unwrap();
        }
    }
    let config = load(&files.config, &|_| None).unwrap_or_else(|error| panic!("{error}"));
    let parts = online(&config, &SystemClock).await;
    simulator.stop().await;
    parts.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn right_keys_open_every_way() {
    let parts = lines_of(str::to_owned, None).await;
    assert_eq!(parts.len(), 11, "one a kind that can be asked: {parts:#?}");
    for part in parts {
        // These list nothing and state no balance: before the first night nothing proves the account.
        if ["icashier-main", "jeepay-main", "lhxpay-main"].iter().any(|it| part.starts_with(it)) {
            assert!(part.contains("not proved: ") && part.contains("nothing proves"), "{part}");
        } else {
            assert!(part.contains(" ok: "), "{part}");
        }
    }
}

#[tokio::test]
async fn a_wrong_key_is_called_one_by_every_platform() {
    let parts = lines_of(str::to_owned, Some("another-key")).await;
    for part in &parts {
        // Payouts of mmsp are under RSA keys, which are still right.
        if part.starts_with("mmsp-main") && part.contains("payout") {
            assert!(part.contains(" ok: "), "{part}");
        } else {
            assert!(part.contains("key problem"), "{part}");
        }
    }
}

#[tokio::test]
async fn where_nobody_listens_it_is_an_outage_and_no_key_problem() {
    // A port that was free a moment ago.
    let gone = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let parts = lines_of(
        |text| {
            let start = text.find("http://").unwrap() + "http://".len();
            let address = text[start..].split('/').next().unwrap();
            text.replace(address, &gone)
        },
        None,
    )
    .await;
    for part in parts {
        assert!(part.contains("not proved: outage"), "{part}");
        assert!(part.contains("white list"), "{part}");
    }
}

#[tokio::test]
async fn a_wrong_address_is_a_matter_of_settings() {
    let parts = lines_of(|text| text.replace("/xxpay\"", "/nowhere\""), None).await;
    let xxpay: Vec<_> = parts.iter().filter(|part| part.starts_with("xxpay-main")).collect();
    assert_eq!(xxpay.len(), 2);
    for part in xxpay {
        assert!(part.contains("settings problem"), "{part}");
    }
}
