//! A small HTTP/1.1 client with cookies: enough to log in to the console, post its forms and follow its streams, without
//! the weight of a library in this program.

use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// An answer, or at least its head.
#[derive(Debug)]
pub struct Answer {
    /// Such as 200.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Decoded, as text.
    pub body: String,
}

impl Answer {
    /// The first header of that name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A page or file as it came.
#[derive(Debug)]
pub struct Loaded {
    bytes: Vec<u8>,
    brotli: bool,
}

impl Loaded {
    /// How many bytes it has, compressed where the server compresses it.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// What it says.
    pub fn text(&self) -> Result<String> {
        if !self.brotli {
            return Ok(String::from_utf8_lossy(&self.bytes).into_owned());
        }
        let mut text = Vec::new();
        brotli::Decompressor::new(self.bytes.as_slice(), 4096)
            .read_to_end(&mut text)
            .context("an answer that is said to be brotli is not")?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// One browser's worth of cookies at one server.
#[derive(Debug, Clone)]
pub struct Client {
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
}

impl Client {
    /// Nothing is sent yet.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, cookies: BTreeMap::new() }
    }

    /// One page.
    pub fn get(&mut self, path: &str) -> Result<Answer> {
        self.whole("GET", path, None)
    }

    /// Posts a form as a browser without script does.
    pub fn post(&mut self, path: &str, form: &[(String, String)]) -> Result<Answer> {
        let encoded: Vec<String> =
            form.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        self.whole("POST", path, Some(&encoded.join("&")))
    }

    /// One page or file as a browser fetches it: compressed.
    pub fn load(&mut self, path: &str) -> Result<Loaded> {
        let (answer, mut body) = self.ask("GET", path, None, "Accept-Encoding: br\r\n")?;
        if answer.status != 200 {
            bail!("GET {path} was answered with status {}", answer.status);
        }
        let mut bytes = Vec::new();
        body.read_to_end(&mut bytes).with_context(|| format!("the answer to GET {path} broke off"))?;
        Ok(Loaded { brotli: answer.header("content-encoding") == Some("br"), bytes })
    }

    /// The data of a stream's next event of that name. Each call opens the stream anew.
    pub fn event(&mut self, path: &str, name: &str) -> Result<String> {
        let mut found = None;
        self.events(path, |event, data| {
            if event == name {
                found = Some(data.to_owned());
            }
            found.is_none()
        })?;
        found.with_context(|| format!("the stream {path} ended without the event `{name}`"))
    }

    /// Hands a stream's events, their names and data, to `each` for as long as it answers `true`, or until the stream ends.
    pub fn events(&mut self, path: &str, mut each: impl FnMut(&str, &str) -> bool) -> Result<()> {
        let body = self.stream(path)?;
        let (mut event, mut data) = (String::new(), String::new());
        for line in BufReader::new(body).lines() {
            let line = line.with_context(|| format!("the stream {path} broke off"))?;
            if let Some(part) = line.strip_prefix("data:") {
                data.push_str(part.strip_prefix(' ').unwrap_or(part));
            } else if let Some(part) = line.strip_prefix("event:") {
                part.trim().clone_into(&mut event);
            } else if line.is_empty() {
                if !data.is_empty() && !each(&event, &data) {
                    return Ok(());
                }
                event.clear();
                data.clear();
            }
        }
        Ok(())
    }

    /// A stream's bytes as they come, its events' names and all.
    pub fn stream(&mut self, path: &str) -> Result<Box<dyn Read>> {
        let (answer, body) = self.send("GET", path, None)?;
        if answer.status != 200 {
            bail!("GET {path} was answered with status {}", answer.status);
        }
        Ok(body)
    }

    fn whole(&mut self, method: &str, path: &str, form: Option<&str>) -> Result<Answer> {
        let (mut answer, mut body) = self.send(method, path, form)?;
        let mut bytes = Vec::new();
        body.read_to_end(&mut bytes).with_context(|| format!("the answer to {method} {path} broke off"))?;
        answer.body = String::from_utf8_lossy(&bytes).into_owned();
        Ok(answer)
    }

    fn send(&mut self, method: &str, path: &str, form: Option<&str>) -> Result<(Answer, Box<dyn Read>)> {
        self.ask(method, path, form, "")
    }

    /// Sends a request with `more` header lines, reads the head of the answer.
    fn ask(
        &mut self,
        method: &str,
        path: &str,
        form: Option<&str>,
        more: &str,
    ) -> Result<(Answer, Box<dyn Read>)> {
        let mut connection = TcpStream::connect_timeout(&self.address, PATIENCE)
            .with_context(|| format!("could not connect to {}", self.address))?;
        connection.set_read_timeout(Some(PATIENCE))?;
        connection.set_write_timeout(Some(PATIENCE))?;
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{more}", self.address);
        if !self.cookies.is_empty() {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            head.push_str(&format!("Cookie: {}\r\n", cookies.join("; ")));
        }
        if let Some(form) = form {
            head.push_str(&format!(
                "Origin: http://{}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
                self.address,
                form.len()
            ));
        }
        connection
            .write_all(format!("{head}\r\n{}", form.unwrap_or_default()).as_bytes())
            .with_context(|| format!("could not send {method} {path}"))?;
        let mut reader = BufReader::new(connection);
        let answer = read_head(&mut reader).with_context(|| format!("{method} {path} got no answer"))?;
        for (name, value) in &answer.headers {
            if let ("set-cookie", Some((cookie, value))) =
                (name.as_str(), value.split(';').next().and_then(|pair| pair.split_once('=')))
            {
                self.cookies.insert(cookie.trim().to_owned(), value.trim().to_owned());
            }
        }
        let body: Box<dyn Read> = if answer.header("transfer-encoding") == Some("chunked") {
            Box::new(Chunked { inner: reader, left: 0, first: true })
        } else if let Some(length) = answer.header("content-length").and_then(|length| length.parse().ok()) {
            Box::new(reader.take(length))
        } else {
            Box::new(reader)
        };
        Ok((answer, body))
    }
}

/// One request on a connection of its own; the answer's body. For the virtual service.
pub fn fetch(address: SocketAddr) -> Result<String> {
    let answer = Client::new(address).get("/")?;
    if answer.status != 200 {
        bail!("{address} answered with status {}", answer.status);
    }
    Ok(answer.body)
}

fn read_head(reader: &mut impl BufRead) -> Result<Answer> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .with_context(|| format!("not HTTP/1.1: `{}`", line.trim()))?;
    let mut headers = Vec::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            bail!("the connection was closed within the answer's head");
        }
        match line.trim().split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => return Ok(Answer { status, headers, body: String::new() }),
        }
    }
}

/// A body in chunks, as RFC 9112, section 7.1, frames it.
struct Chunked<R> {
    inner: R,
    left: u64,
    first: bool,
}

impl<R: BufRead> Read for Chunked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            let mut line = String::new();
            if !std::mem::take(&mut self.first) {
                self.inner.read_line(&mut line)?;
                if !line.trim_end().is_empty() {
                    return Err(std::io::Error::other("a chunk is longer than its size says"));
                }
                line.clear();
            }
            self.inner.read_line(&mut line)?;
            let size = line.trim().split(';').next().unwrap_or_default();
            self.left = u64::from_str_radix(size, 16)
                .map_err(|_| std::io::Error::other(format!("`{}` is no chunk size", line.trim())))?;
            if self.left == 0 {
                return Ok(0);
            }
        }
        let limit = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.inner.read(&mut buffer[..limit])?;
        if count == 0 && limit > 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// As a form's fields are encoded; also right in a query.
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    /// Answers one request with these bytes; gives back the address, and the request once it came.
    fn serve(answer: &'static str) -> (SocketAddr, thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let request = thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut text = vec![0; 4096];
            let count = connection.read(&mut text).unwrap();
            connection.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&text[..count]).into_owned()
        });
        (address, request)
    }

    #[test]
    fn keeps_cookies_and_encodes_forms() {
        let (address, _) =
            serve("HTTP/1.1 303 See Other\r\nSet-Cookie: id=a1; HttpOnly\r\nLocation: /\r\n\r\n");
        let mut client = Client::new(address);
        let answer = client.get("/login").unwrap();
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
        let (address, request) = serve("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokNOT THIS");
        client.address = address;
        let form = [("name".to_owned(), "a b&c".to_owned())];
        assert_eq!(client.post("/x", &form).unwrap().body, "ok");
        let request = request.join().unwrap();
        assert!(request.contains("Cookie: id=a1\r\n"), "{request}");
        assert!(request.ends_with("\r\n\r\nname=a%20b%26c"), "{request}");
    }

    #[test]
    fn reads_chunks_and_events() {
        let (address, _) = serve(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n: beat\n\ndata: 0\n\n\r\n12\r\nevent: shape\ndata:\r\n6\r\n \
             {\"a\":\r\n4\r\n1}\n\n\r\n0\r\n\r\n",
        );
        assert_eq!(Client::new(address).event("/stream", "shape").unwrap(), "{\"a\":1}");
        let (address, _) =
            serve("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nreal\r\n0\r\n\r\n");
        assert!(Client::new(address).get("/").is_err(), "a chunk of the wrong length is noticed");
    }

    #[test]
    fn an_answer_that_is_none_is_an_error() {
        let (address, _) = serve("SSH-2.0-OpenSSH\r\n");
        assert!(fetch(address).is_err());
    }
}
