//! A client of the HTTP interface to calls.

use super::{DEADLINE, TestServer};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// Somebody who asks.
#[derive(Clone)]
pub struct Rest {
    http: reqwest::Client,
    url: String,
}

/// What was answered.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Rest {
    /// Somebody who shows nothing.
    pub fn of(server: &TestServer) -> Self {
        Self { http: reqwest::Client::new(), url: server.url().to_owned() }
    }

    /// A request to be sent by [`tell`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).timeout(DEADLINE)
    }

    pub async fn get(&self, path: &str) -> Told {
        tell(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Told {
        tell(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Told {
        tell(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Told {
        tell(self.request(Method::DELETE, path)).await
    }

    /// Books a call of that name.
    pub async fn book(&self, call_id: &str) -> Value {
        self.post("/calls", &serde_json::json!({ "callId": call_id })).await.data(201)
    }
}

/// Sends a request.
pub async fn tell(request: RequestBuilder) -> Told {
    let answer = request.send().await.expect("an answer");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.expect("text");
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") };
    Told { status, headers, body }
}

impl Told {
    /// `data` of an answer of that status.
    pub fn data(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body["data"].clone()
    }

    /// What a problem of that status and code says.
    pub fn problem(self, status: u16, code: &str) -> String {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["status"], status);
        self.body["detail"].as_str().expect("a text").to_owned()
    }

    /// A header that has to be there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {self:?}")).to_str().expect("ASCII")
    }
}
