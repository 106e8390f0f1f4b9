//! Starts the sandbox's Go.Data and DHIS2 and leaves them running, to try `check`, `plan` and `run` against them.
//!
//! ```sh
//! cargo run -p examples --example sandbox_servers -- 2.43
//! ```

use std::error::Error;
use std::io::{Write as _, stdout};

use sandbox::dhis2::{Dhis2, WRITER_TOKEN};
use sandbox::godata::{EMAIL, GoData, PASSWORD};

fn main() -> Result<(), Box<dyn Error>> {
    let version = std::env::args().nth(1).unwrap_or_else(|| "2.42".to_owned()).parse()?;
    let godata = GoData::recorded()?;
    let dhis2 = Dhis2::atlantia(version).start()?;
    writeln!(
        stdout(),
        "[godata]\nurl = \"{}\"\nusername = \"{EMAIL}\"\npassword = {{ env = \"GODATA_PASSWORD\" }}   # {PASSWORD}\n\
         outbreak = \"Coastal respiratory disease 2020\"\n\n\
         [dhis2]\nurl = \"{}\"\ntoken = {{ env = \"DHIS2_TOKEN\" }}   # {WRITER_TOKEN}\n",
        godata.url(),
        dhis2.url(),
    )?;
    loop {
        std::thread::park();
    }
}
