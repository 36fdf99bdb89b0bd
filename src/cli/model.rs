//! Which model to use.

use super::args::ModelArgs;
use crate::error::{Place, Result};
use crate::model::Model;

/// The model that is part of the program: `models/news.safetensors`.
static NEWS: &[u8] = include_bytes!("../../models/news.safetensors");

impl ModelArgs {
    pub(super) fn load(&self) -> Result<Model> {
        match &self.model {
            Some(path) => Model::load(path),
            None => Model::from_bytes(NEWS, Place::source("the model inside this program")),
        }
    }
}
