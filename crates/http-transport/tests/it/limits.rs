//! Sizes, redirects and downloads.

use std::{io::Write as _, time::Duration};

use flate2::{Compression, write::GzEncoder};
use http_transport::{
    FailureKind, Request, Traffic,
    http::{self, StatusCode},
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::{
    broken_server::{BrokenServer, CUT},
    builder, transport,
};

async fn server_answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(answer).mount(&server).await;
    server
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn an_answer_of_exactly_the_limit_passes_and_one_byte_more_does_not() {
    let server = server_answering(ResponseTemplate::new(200).set_body_bytes([b'x'; 1000])).await;
    let transport = transport(&server.uri());
    let whole = transport.send(&Request::get(["x"]).response_limit(1000)).await.unwrap();
    assert_eq!(whole.body().len(), 1000);

    let error = transport.send(&Request::get(["x"]).response_limit(999)).await.unwrap_err();
    assert_eq!(error.kind(), &FailureKind::TooLarge { limit_bytes: 999 });
    assert!(error.is_too_large() && !error.is_transient());
    assert_eq!(error.exchange().tries(), 1);
}

/// One megabyte of zeros is about one kilobyte on the wire.
#[tokio::test]
async fn the_limit_counts_decompressed_bytes() {
    let bomb = gzipped(&vec![0; 1 << 20]);
    assert!(bomb.len() < 2000);
    let answer =
        ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_bytes(bomb);
    let server = server_answering(answer).await;
    let transport = builder(&server.uri()).response_limit(10_000).build().unwrap();
    assert!(transport.send(&Request::get(["x"])).await.unwrap_err().is_too_large());

    let mut download = transport.stream(&Request::get(["x"]), Some(10_000)).await.unwrap();
    let error = loop {
        match download.chunk().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the limit was not noticed"),
            Err(error) => break error,
        }
    };
    assert!(error.is_too_large());
}

#[tokio::test]
async fn a_compressed_answer_arrives_decompressed() {
    let answer = ResponseTemplate::new(200)
        .insert_header("content-encoding", "gzip")
        .set_body_bytes(gzipped(b"[1,2,3]"));
    let server = server_answering(answer).await;
    let response = transport(&server.uri()).send(&Request::get(["x"])).await.unwrap();
    assert_eq!(response.json_text(), Ok("[1,2,3]"));
    let asked = &server.received_requests().await.unwrap()[0];
    assert!(asked.headers["accept-encoding"].to_str().unwrap().contains("gzip"));
}

#[tokio::test]
async fn gzip_may_come_in_several_members_and_many_pieces() {
    let text: Vec<u8> = (0..200_000_u32).flat_map(|n| (n % 251).to_le_bytes()).collect();
    let (first, second) = text.split_at(300_000);
    let answer = ResponseTemplate::new(200)
        .insert_header("content-encoding", "GZIP")
        .set_body_bytes([gzipped(first), gzipped(second)].concat());
    let server = server_answering(answer).await;
    let response = transport(&server.uri()).send(&Request::get(["x"])).await.unwrap();
    assert!(response.body() == &text);
    for gone in ["content-encoding", "content-length"] {
        assert!(!response.headers().contains_key(gone), "{gone} is about the packed body");
    }
}

#[tokio::test]
async fn gzip_that_ends_early_is_damaged_and_no_shorter_answer() {
    let mut packed = gzipped(b"[1,2,3]");
    packed.truncate(packed.len() - 4);
    let answer =
        ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_bytes(packed);
    let server = server_answering(answer).await;
    let error = transport(&server.uri()).send(&Request::get(["x"])).await.unwrap_err();
    assert!(matches!(error.kind(), FailureKind::Decode { .. }), "{error:?}");
}

#[tokio::test]
async fn what_is_sent_and_received_is_counted_as_it_crosses_the_wire() {
    let text = [b'7'; 5000];
    let packed = gzipped(&text);
    let n_packed = packed.len() as u64;
    let answer =
        ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_bytes(packed);
    let server = server_answering(answer).await;
    let plain = ResponseTemplate::new(200).set_body_bytes([b'x'; 70]);
    Mock::given(method("POST")).respond_with(plain).mount(&server).await;
    let transport = transport(&server.uri());
    assert_eq!(transport.traffic(), Traffic::default());

    transport.send(&Request::get(["x"])).await.unwrap();
    let after_one = transport.traffic();
    transport.clone().send(&Request::post(["x"]).body("text/plain", "hello")).await.unwrap();

    assert_eq!((after_one.n_bytes_received, after_one.n_bytes_unpacked), (n_packed, 5000));
    let second = transport.traffic() - after_one;
    let expected =
        Traffic { n_requests: 1, n_bytes_sent: 5, n_bytes_received: 70, n_bytes_unpacked: 70 };
    assert_eq!(second, expected);
    assert_eq!(after_one + second, transport.traffic());
}

#[tokio::test]
async fn a_caller_that_wants_it_plain_gets_it_plain() {
    let server = server_answering(ResponseTemplate::new(200)).await;
    let request = Request::get(["x"])
        .header(http::header::ACCEPT_ENCODING, http::HeaderValue::from_static("identity"));
    transport(&server.uri()).send(&request).await.unwrap();
    let asked = &server.received_requests().await.unwrap()[0];
    assert_eq!(asked.headers["accept-encoding"], "identity");
}

#[tokio::test]
async fn a_redirect_is_shown_and_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let answer = ResponseTemplate::new(status)
            .insert_header("location", "https://u:p@elsewhere.example.org/login?token=abc#x");
        let server = server_answering(answer).await;
        let error = transport(&server.uri()).send(&Request::get(["x"])).await.unwrap_err();
        let location = Some("https://elsewhere.example.org/login".to_owned());
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(error.kind(), &FailureKind::Redirected { status, location });
        assert!(error.is_redirect());
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn not_modified_is_an_answer() {
    let server = server_answering(ResponseTemplate::new(304)).await;
    let response = transport(&server.uri()).send(&Request::get(["x"])).await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn a_download_comes_in_pieces() {
    let body: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let server = server_answering(ResponseTemplate::new(200).set_body_bytes(body.clone())).await;
    let mut download = transport(&server.uri()).stream(&Request::get(["x"]), None).await.unwrap();
    assert_eq!(download.status(), StatusCode::OK);
    let mut n_chunks = 0;
    let mut read = Vec::new();
    while let Some(chunk) = download.chunk().await.unwrap() {
        n_chunks += 1;
        read.extend_from_slice(&chunk);
    }
    assert!(n_chunks > 1);
    assert!(read == body);
}

#[tokio::test]
async fn a_refused_download_explains_itself_and_a_busy_one_is_repeated() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(503);
    Mock::given(method("GET")).respond_with(busy).up_to_n_times(1).mount(&server).await;
    let refusal = ResponseTemplate::new(404).set_body_string("gone");
    Mock::given(method("GET")).respond_with(refusal).mount(&server).await;
    let mut download = transport(&server.uri()).stream(&Request::get(["x"]), None).await.unwrap();
    assert_eq!(download.status(), StatusCode::NOT_FOUND);
    assert_eq!(download.exchange().tries(), 2);
    assert_eq!(download.chunk().await.unwrap().unwrap(), "gone");
    assert_eq!(download.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn a_cut_download_is_an_error_and_not_an_end() {
    let server = BrokenServer::answering(&[CUT]).await;
    let transport = transport(&server.address);
    let mut download = transport.stream(&Request::get(["x"]), None).await.unwrap();
    let error = loop {
        match download.chunk().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a cut body passed for a whole one"),
            Err(error) => break error,
        }
    };
    assert!(error.is_interrupted(), "{error:?}");
    assert_eq!(server.n_requests(), 1, "a half-read body cannot be resumed");
}

#[tokio::test]
async fn a_request_may_have_its_own_time_limit() {
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    let server = server_answering(slow).await;
    let request = Request::get(["x"]).once().timeout(Duration::from_millis(20));
    let error = transport(&server.uri()).send(&request).await.unwrap_err();
    assert_eq!(error.kind(), &FailureKind::Timeout { limit: Duration::from_millis(20) });
}
