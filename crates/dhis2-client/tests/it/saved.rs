//! Metadata saved as files says the same as the server that it was saved from.

use dhis2_client::{DataSet, SavedMetadata};
use http_transport::{Request, Transport};

use crate::server::Server;

/// What the server answers to a request as it is documented: path and query in one.
async fn fetch(server: &Server, request: &str) -> Vec<u8> {
    let transport = Transport::builder(server.running.url().parse().unwrap()).build().unwrap();
    let (path, query) = request.split_once('?').unwrap();
    let query = query.split('&').map(|part| part.split_once('=').unwrap());
    let request = query
        .fold(Request::get(path.split('/')), |request, (name, value)| request.query(name, value))
        .basic_auth("writer", "Writer-1!".into());
    transport.send(&request).await.unwrap().body().to_vec()
}

/// Without what depends on the order in which a server lists option combinations.
fn in_words(set: &DataSet) -> String {
    let mut lines: Vec<String> = format!("{set:#?}").lines().map(str::to_owned).collect();
    lines.sort();
    lines.join("\n")
}

#[tokio::test]
async fn the_documented_requests_give_all_of_a_data_set() {
    for version in ["2.36", "2.38", "2.42", "2.43"] {
        let server = Server::atlantia(version);
        for set in [server.covid19().await, server.weekly().await] {
            let mut saved = SavedMetadata::default();
            for request in SavedMetadata::requests(set.id.as_str()) {
                saved.add(&fetch(&server, &request).await).unwrap();
            }
            let found = saved.data_set(set.id).unwrap();
            assert_eq!(in_words(&found), in_words(&set), "{version}");
        }
    }
}

#[tokio::test]
async fn a_metadata_export_gives_all_of_its_data_sets() {
    for version in ["2.36", "2.42", "2.43"] {
        let server = Server::atlantia(version);
        let kinds = "dataSets=true&dataElements=true&categoryCombos=true&categories=true\
                     &categoryOptions=true&categoryOptionCombos=true&optionSets=true&options=true\
                     &organisationUnits=true";
        let mut saved = SavedMetadata::default();
        saved.add(&fetch(&server, &format!("api/metadata?{kinds}")).await).unwrap();
        for set in [server.covid19().await, server.weekly().await] {
            let found = saved.data_set(set.id).unwrap();
            assert_eq!(in_words(&found), in_words(&set), "{version}");
        }
        let known = server.client.data_sets().await.unwrap();
        assert_eq!(saved.data_sets(), known);
    }
}
