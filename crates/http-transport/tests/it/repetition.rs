//! Which requests are repeated, and when that ends.

use std::time::{Duration, Instant};

use http_transport::{FailureKind, Request, RetryPolicy, Verdict, http::StatusCode};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::{
    broken_server::{BAD_GZIP, BrokenServer, CUT, OK, SILENT},
    builder, quick, transport,
};

/// Answers `statuses` one after the other; the last one repeats.
async fn server_with(statuses: &[u16]) -> MockServer {
    let server = MockServer::start().await;
    let (last, first) = statuses.split_last().unwrap();
    for status in first {
        Mock::given(wiremock::matchers::any())
            .respond_with(ResponseTemplate::new(*status))
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    Mock::given(wiremock::matchers::any())
        .respond_with(ResponseTemplate::new(*last))
        .mount(&server)
        .await;
    server
}

async fn check_status(request: Request, statuses: &[u16], expected: (u16, u32)) {
    let server = server_with(statuses).await;
    let response = transport(&server.uri()).send(&request).await.unwrap();
    assert_eq!((response.status().as_u16(), response.exchange().tries()), expected);
    assert_eq!(server.received_requests().await.unwrap().len(), expected.1 as usize);
}

#[tokio::test]
async fn a_get_is_repeated_until_the_server_is_back() {
    check_status(Request::get(["x"]), &[503, 502, 504, 200], (200, 4)).await;
}

#[tokio::test]
async fn the_last_answer_is_handed_over_when_the_tries_are_used_up() {
    check_status(Request::get(["x"]), &[503], (503, 4)).await;
}

#[tokio::test]
async fn answers_that_will_not_change_are_not_repeated() {
    for status in [200, 204, 400, 401, 403, 404, 409, 413, 422, 500] {
        check_status(Request::get(["x"]), &[status], (status, 1)).await;
    }
}

#[tokio::test]
async fn a_post_is_not_repeated_on_503() {
    check_status(Request::post(["x"]), &[503], (503, 1)).await;
    check_status(Request::patch(["x"]), &[503], (503, 1)).await;
    check_status(Request::get(["x"]).once(), &[503], (503, 1)).await;
}

#[tokio::test]
async fn a_post_that_states_idempotence_is_repeated() {
    check_status(Request::post(["x"]).idempotent(), &[503, 200], (200, 2)).await;
}

#[tokio::test]
async fn a_post_that_was_turned_away_is_repeated() {
    check_status(Request::post(["x"]), &[429, 200], (200, 2)).await;
}

#[tokio::test]
async fn the_client_decides_what_says_not_now() {
    let server = server_with(&[409, 200]).await;
    let transport = builder(&server.uri())
        .classify(|request, response| {
            assert_eq!(request.path(), "/x");
            if response.status() == StatusCode::CONFLICT { Verdict::Retry } else { Verdict::Final }
        })
        .build()
        .unwrap();
    let response = transport.send(&Request::get(["x"])).await.unwrap();
    assert_eq!((response.status(), response.exchange().tries()), (StatusCode::OK, 2));
}

#[tokio::test]
async fn a_crashed_worker_and_a_cut_answer_are_repeated_for_a_get() {
    let server = BrokenServer::answering(&[SILENT, CUT, OK]).await;
    let response = transport(&server.address).send(&Request::get(["x"])).await.unwrap();
    assert_eq!(&response.body()[..], b"ok");
    assert_eq!(response.exchange().tries(), 3);
}

#[tokio::test]
async fn a_cut_answer_is_never_taken_for_a_whole_one() {
    let server = BrokenServer::answering(&[CUT]).await;
    let error = transport(&server.address).send(&Request::get(["x"])).await.unwrap_err();
    assert!(error.is_interrupted(), "{error:?}");
    assert_eq!(error.exchange().tries(), 4);
}

#[tokio::test]
async fn damaged_gzip_is_a_failure_of_its_own() {
    let server = BrokenServer::answering(&[BAD_GZIP]).await;
    let error = transport(&server.address).send(&Request::get(["x"])).await.unwrap_err();
    assert!(matches!(error.kind(), FailureKind::Decode { .. }), "{error:?}");
    assert_eq!(server.n_requests(), 4);
}

#[tokio::test]
async fn a_post_that_may_have_been_acted_upon_is_not_repeated() {
    for answer in [SILENT, CUT] {
        let server = BrokenServer::answering(&[answer]).await;
        let error = transport(&server.address).send(&Request::post(["x"])).await.unwrap_err();
        assert!(error.is_interrupted(), "{error:?}");
        assert_eq!(server.n_requests(), 1);
    }
}

#[tokio::test]
async fn a_post_that_no_server_saw_is_repeated() {
    // Bound and dropped at once: nobody listens there.
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let transport = transport(&format!("http://{nobody}"));
    let error = transport.send(&Request::post(["x"])).await.unwrap_err();
    assert!(error.is_connect() && error.is_transient(), "{error:?}");
    assert_eq!(error.exchange().tries(), 4);
}

#[tokio::test]
async fn a_slow_answer_is_a_timeout_and_is_repeated_for_a_get_only() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    Mock::given(method("GET")).respond_with(slow.clone()).expect(4).mount(&server).await;
    Mock::given(method("POST")).respond_with(slow).expect(1).mount(&server).await;
    let transport =
        builder(&server.uri()).request_timeout(Duration::from_millis(30)).build().unwrap();
    for request in [Request::get(["x"]), Request::post(["x"])] {
        let error = transport.send(&request).await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
    }
}

#[tokio::test]
async fn retry_after_lengthens_the_wait() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(503).insert_header("retry-after", "1"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let started = Instant::now();
    let response = transport(&server.uri()).send(&Request::get(["x"])).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_retry_after_beyond_the_deadline_is_handed_over_at_once() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(503).insert_header("retry-after", "600"))
        .expect(1)
        .mount(&server)
        .await;
    let response = transport(&server.uri()).send(&Request::get(["x"])).await.unwrap();
    assert_eq!(response.retry_after(), Some(Duration::from_secs(600)));
    assert_eq!(response.exchange().tries(), 1);
}

#[tokio::test]
async fn the_deadline_ends_repetition_before_the_tries_do() {
    let server = server_with(&[503]).await;
    let policy = quick()
        .max_tries(1000)
        .min_delay(Duration::from_millis(40))
        .max_delay(Duration::from_millis(40))
        .deadline(Duration::from_millis(200));
    let transport = builder(&server.uri()).retry(policy).build().unwrap();
    // On a busy machine the deadline may cut the last try short instead of coming between two.
    let exchange = match transport.send(&Request::get(["x"])).await {
        Ok(response) => response.exchange().clone(),
        Err(error) => error.exchange().clone(),
    };
    let tries = exchange.tries();
    assert!((1..=5).contains(&tries), "{tries}");
}

#[tokio::test]
async fn a_server_in_trouble_is_soon_left_in_peace() {
    let server = server_with(&[503]).await;
    let transport = builder(&server.uri())
        .retry(quick().min_delay(Duration::from_micros(1)).max_delay(Duration::from_micros(1)))
        .build()
        .unwrap();
    let mut tries = 0;
    for _ in 0..50 {
        // Clones share the budget, as pages in flight do.
        let response = transport.clone().send(&Request::get(["x"])).await.unwrap();
        tries = response.exchange().tries();
    }
    assert_eq!(tries, 1, "after 100 repetitions the budget is spent");
    let n_requests = server.received_requests().await.unwrap().len();
    assert_eq!(n_requests, 50 + 100);
}

#[tokio::test]
async fn never_means_one_try() {
    let server = server_with(&[503]).await;
    let transport = builder(&server.uri()).retry(RetryPolicy::never()).build().unwrap();
    let response = transport.send(&Request::get(["x"])).await.unwrap();
    assert_eq!(response.exchange().tries(), 1);
}
