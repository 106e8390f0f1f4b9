//! Plans against the sandbox: what is stored, what is refused, what is lost.

use dhis2_client::{
    Cell, ChangeKind, Credentials, DataSet, Ownership, Plan, SendOptions, SendReport, StoredValue,
    ValueQuery, Verdict, Wanted, reconcile,
};
use sandbox::dhis2::{ImportFault, Stored};

use crate::server::Server;

const ENGINE_A: &str = "2.42";
const ENGINE_B: &str = "2.43";

fn cell(data_set: &DataSet, week: &str, unit: usize) -> Cell {
    let period = data_set.period_type.parse(week).unwrap();
    data_set.cell("CnPsS2xE8UN", &[], period, data_set.org_units[unit].id).unwrap()
}

fn value(text: &str) -> Wanted {
    Wanted::Value(text.to_owned())
}

async fn stored(server: &Server, data_set: &DataSet, cells: &[Cell]) -> Vec<StoredValue> {
    let query = ValueQuery::new(data_set.id)
        .org_units(cells.iter().map(|cell| cell.org_unit))
        .periods(cells.iter().map(|cell| cell.period));
    server.client.stored_values(&query).await.unwrap()
}

async fn plan(server: &Server, data_set: &DataSet, desired: &[(Cell, Wanted)]) -> Plan {
    let cells: Vec<Cell> = desired.iter().map(|(cell, _)| *cell).collect();
    let stored = stored(server, data_set, &cells).await;
    let ours = Ownership::of("writer");
    reconcile(data_set, desired.iter().cloned(), stored, &ours).unwrap()
}

async fn send(server: &Server, data_set: &DataSet, plan: &Plan) -> SendReport {
    server.client.send(data_set, plan, &SendOptions::default(), &mut |_| {}).await
}

#[tokio::test]
async fn a_plan_is_stored_read_back_and_empty_the_second_time() {
    for version in [ENGINE_A, ENGINE_B] {
        let server = Server::atlantia(version).await;
        let set = server.weekly().await;
        let desired: Vec<(Cell, Wanted)> =
            (0..5).map(|unit| (cell(&set, "2021W5", unit), value(&unit.to_string()))).collect();

        let first = plan(&server, &set, &desired).await;
        let report = send(&server, &set, &first).await;

        assert!(report.is_complete(), "{version}: {report:?}");
        assert_eq!(report.counts().stored, 5, "{version}");
        let second = plan(&server, &set, &desired).await;
        assert!(second.is_empty(), "{version}: {second:?}");
        assert_eq!(second.counts().unchanged, 5, "{version}");
        assert_eq!(server.dhis2.imports(), 1, "{version}");
    }
}
