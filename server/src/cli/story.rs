//! `qianhai story`: plays a service's story and prints the timeline.

use clap::Args;

use super::{Common, Done, Stop, print_line};
use crate::story;

#[derive(Args)]
pub(crate) struct Story {
    /// Slug of the service
    slug: String,
    /// Keeps the store of the story here instead of in a folder that is removed afterwards
    #[arg(long, value_name = "FOLDER")]
    keep: Option<String>,
}

impl Story {
    pub async fn run(self, common: &Common) -> Done {
        let told = story::of(&self.slug).ok_or_else(|| Stop::Failed(format!("{} tells no story", self.slug)))?;
        let data = crate::data_folder::find(common.data.as_deref(), "data")
            .ok_or_else(|| Stop::Failed("the program's data folder is missing".into()))?;
        let say = |line: &str| {
            if !common.json {
                print_line(line);
            }
        };
        let played = story::play(&told, &data, self.keep.as_deref(), say).await?;
        if common.json {
            common.show(&played, |_| String::new())?;
        }
        match played.departed {
            None => Ok(()),
            Some(_) => Err(Stop::Silent),
        }
    }
}
