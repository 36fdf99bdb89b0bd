//! `wiretag inspect`

use super::args::InspectArgs;
use super::print;
use crate::error::{Kind, Result};
use crate::report::inspection_text;

pub(super) fn run(args: &InspectArgs) -> Result<String> {
    let model = args.model.load()?;
    if args.json {
        let mut card = serde_json::to_vec_pretty(&model.card).map_err(|e| Kind::Json(e.to_string()))?;
        card.push(b'\n');
        print(&card)?;
    } else {
        print(inspection_text::render(&model, args.top).as_bytes())?;
    }
    Ok(String::new())
}
