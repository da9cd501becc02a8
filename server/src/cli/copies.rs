//! `qianhai journal backup`, `restore` and `move`: everything durable as one file, and as another store.

use std::path::Path;

use journal::portable::{self, Backup, Copied, CopyError};
use serde_json::{Map, Value, json};

use super::Stop;
use crate::accounts::LOGINS;
use crate::clock;

/// Writes the backup.
pub(super) async fn backup(store: &str, file: &Path, force: bool) -> Result<Value, Stop> {
    let how = Backup {
        leave_out: LOGINS.map(str::to_owned).to_vec(),
        at_ms: clock::now_ms(),
        force,
    };
    let copied = portable::backup(store, file, how).await.map_err(told)?;
    Ok(said("backup", &file.display().to_string(), &copied))
}

/// Fills the store from a backup.
pub(super) async fn restore(file: &Path, store: &str) -> Result<Value, Stop> {
    let copied = portable::restore(file, store).await.map_err(told)?;
    Ok(said("restored", &portable::without_password(store), &copied))
}

/// Moves the store.
pub(super) async fn move_to(store: &str, destination: &str, keep: bool) -> Result<Value, Stop> {
    let copied = portable::move_to(store, destination, keep, clock::now_ms()).await.map_err(told)?;
    Ok(said("moved", &portable::without_password(destination), &copied))
}

fn said(what: &str, place: &str, copied: &Copied) -> Value {
    let mut said = Map::new();
    said.insert(what.into(), place.into());
    said.insert("position".into(), copied.head.position.into());
    said.insert("head".into(), copied.head.hash.clone().into());
    said.extend(copied.rows.iter().map(|(table, rows)| ((*table).to_owned(), (*rows).into())));
    if copied.bytes > 0 {
        said.insert("bytes".into(), json!(copied.bytes));
    }
    said.into()
}

/// What the operator can do about it, in both languages, and the reason as the store told it.
fn told(error: CopyError) -> Stop {
    let (zh, en) = match &error {
        CopyError::Store(_) => ("数据存储无法使用", "the store can't be used"),
        CopyError::Exists(_) => (
            "文件已存在；如要覆盖请加 --force",
            "there is a file of this name; --force writes over it",
        ),
        CopyError::File(_) => ("文件无法读写", "a file can't be read or written"),
        CopyError::Full(_) => (
            "空间不足，未留下任何文件；请腾出空间后重试",
            "there is no room and nothing was left behind; make room and try again",
        ),
        CopyError::NotABackup => ("这不是本程序的备份文件", "this is not a backup of this program"),
        CopyError::Newer { .. } => (
            "备份由更新版本的程序写成；请用该版本恢复",
            "a newer program wrote this backup; restore it with that one",
        ),
        CopyError::Damaged(_) => (
            "备份或副本已损坏，未恢复任何内容；请改用另一份备份",
            "the backup or the copy is damaged and nothing was restored; take another backup",
        ),
        CopyError::Broken(_) => (
            "内容与哈希链不符，未保留副本；请运行 journal verify 检查来源",
            "the content does not agree with its hash chain and no copy was kept; run `journal verify` on the source",
        ),
        CopyError::NotEmpty(_) => (
            "目标不是空的；恢复和迁移只写入空的文件夹或空的数据库",
            "the destination is not empty; a copy goes into an empty folder or an empty database only",
        ),
        CopyError::InUse(_) => (
            "还有程序正在使用此存储；请先停止服务（systemctl stop qianhai）再试",
            "a program still works on this store; stop it first (systemctl stop qianhai) and try again",
        ),
        CopyError::Unmarked { .. } => (
            "数据已完整复制到目标，但来源未能标记为已迁移；请勿再使用来源",
            "the destination is whole, but the source could not be marked as moved; do not use the source any more",
        ),
        CopyError::Stopped => ("复制中断", "the copy was broken off"),
    };
    Stop::Failed(format!("{zh} / {en}: {error}"))
}
