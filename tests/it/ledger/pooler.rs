//! A pooler in front of the server that drops what a connection says when it starts up, as `PgBouncer`
//! does with `ignore_startup_parameters = options`.

use std::path::PathBuf;

use duizhang::ledger::{Access, open};
use duizhang::status::MerchantStatus as M;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use super::words::{day, import, order, orders_of};
use super::{Fresh, postgres};

/// The numbers of a start-up message that ask for encryption (PostgreSQL manual, Message Formats).
const WANTS_TLS: i32 = 80_877_103;
const WANTS_GSS: i32 = 80_877_104;

/// Where the server is, by the URL of one of its databases.
pub(crate) enum Server {
    Socket(PathBuf),
    Tcp(String),
}

pub(crate) fn server(url: &str) -> Server {
    let (place, parameters) = url.split_once('?').unwrap_or((url, ""));
    let host = form_urlencoded::parse(parameters.as_bytes()).find(|(name, _)| name == "host");
    match host {
        Some((_, folder)) if folder.starts_with('/') => {
            Server::Socket(PathBuf::from(&*folder).join(".s.PGSQL.5432"))
        }
        _ => {
            let host = place.rsplit_once('@').map_or(place, |(_, rest)| rest);
            let host = host.split('/').next().unwrap();
            Server::Tcp(if host.contains(':') { host.to_owned() } else { format!("{host}:5432") })
        }
    }
}

/// The start-up message without its options.
fn without_options(message: &[u8]) -> Vec<u8> {
    let (version, pairs) = message.split_at(4);
    let texts: Vec<&[u8]> = pairs.split(|byte| *byte == 0).collect();
    let mut kept = version.to_vec();
    for pair in texts.chunks(2).filter(|pair| pair.len() == 2 && !pair[0].is_empty()) {
        if pair[0] != b"options" {
            kept.extend([pair[0], b"\0", pair[1], b"\0"].concat());
        }
    }
    kept.push(0);
    let length = i32::try_from(kept.len() + 4).unwrap();
    [length.to_be_bytes().to_vec(), kept].concat()
}

async fn serve(mut client: TcpStream, url: String) -> std::io::Result<()> {
    let message = loop {
        let length = client.read_i32().await?;
        let mut message = vec![0; usize::try_from(length).unwrap() - 4];
        client.read_exact(&mut message).await?;
        let number = i32::from_be_bytes(message[..4].try_into().unwrap());
        if !matches!(number, WANTS_TLS | WANTS_GSS) {
            break message;
        }
        client.write_all(b"N").await?;
    };
    let start = without_options(&message);
    match server(&url) {
        Server::Socket(path) => {
            let mut server = UnixStream::connect(path).await?;
            server.write_all(&start).await?;
            copy_bidirectional(&mut client, &mut server).await?;
        }
        Server::Tcp(address) => {
            let mut server = TcpStream::connect(address).await?;
            server.write_all(&start).await?;
            copy_bidirectional(&mut client, &mut server).await?;
        }
    }
    Ok(())
}

/// The URL of a database by way of such a pooler.
async fn pooled(fresh: &Fresh) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = fresh.url.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let url = url.clone();
            tokio::spawn(async move { serve(client, url).await.ok() });
        }
    });
    by_way_of(&fresh.url, port)
}

/// The URL of a database by way of a port of this machine.
pub(crate) fn by_way_of(url: &str, port: u16) -> String {
    let (place, _) = url.split_once('?').unwrap_or((url, ""));
    let (before, database) = place.rsplit_once('/').unwrap();
    let user = before.rsplit_once('@').map_or("", |(user, _)| user);
    let user = user.split_once("://").map_or("", |(_, user)| user);
    let at = if user.is_empty() { "" } else { "@" };
    format!("postgres://{user}{at}127.0.0.1:{port}/{database}?sslmode=disable")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_a_copy_behind_a_pooler_that_drops_options() {
    let Some(fresh) = postgres().await else { return };
    import(&*fresh.ledger, "f", day(20), &[order("1", day(20), M::Succeeded)]).await;
    let ledger = open(&pooled(&fresh).await, Access::Work).await.unwrap();
    let before = fresh.ledger.status().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copied = ledger.copy(folder.path()).await.unwrap();
    let copy = &*copied.ledger;
    assert_eq!(orders_of(copy, "1").await.len(), 1);
    import(copy, "g", day(20), &[order("2", day(20), M::Succeeded)]).await;
    assert_eq!(orders_of(copy, "2").await.len(), 1);
    assert!(orders_of(&*fresh.ledger, "2").await.is_empty());
    assert_eq!(fresh.ledger.status().await.unwrap(), before);
    drop(copied);
    assert_eq!(fresh.ledger.status().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_of_a_url_holds_behind_a_pooler_that_drops_options() {
    let Some(fresh) = postgres().await else { return };
    let mut conn = fresh.database.as_ref().unwrap().connect().await;
    sqlx::query("CREATE SCHEMA books").execute(&mut conn).await.unwrap();
    let url = format!("{}&options[search_path]=books", pooled(&fresh).await);
    let ledger = open(&url, Access::Work).await.unwrap();
    import(&*ledger, "f", day(20), &[order("1", day(20), M::Succeeded)]).await;
    assert!(orders_of(&*fresh.ledger, "1").await.is_empty());
    assert_eq!(orders_of(&*ledger, "1").await.len(), 1);
    // A schema that is not there is not passed over.
    let url = format!("{}&options[search_path]=nowhere", pooled(&fresh).await);
    let refused = open(&url, Access::Work).await.err().unwrap();
    let story = duizhang::story::story(&refused);
    assert!(story.contains("not in \"nowhere\""), "{story}");
}
