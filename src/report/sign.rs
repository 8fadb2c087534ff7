//! The signature of a report's manifest: whoever has the public key can tell, offline, that a set was written by
//! who has the private one. The manifest holds the digest of every other file.

use std::path::{Path, PathBuf};

use crate::provider::signature::ed25519::PublicKey;
use crate::report::manifest;
use crate::report::verify::VerifyError;

/// The file beside the manifest: the signature over its bytes in base64, and a line feed.
pub const NAME: &str = "manifest.sig";

/// What is known of the signature of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// There is none.
    None,
    /// There is one; no key was given to check it with.
    Unchecked,
    /// The manifest was signed with the key that belongs to the given one.
    Valid,
}

impl Signature {
    /// A code for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unchecked => "unchecked",
            Self::Valid => "valid",
        }
    }
}

/// Checks the signature of a folder.
///
/// # Errors
///
/// [`VerifyError::Unreadable`], and [`VerifyError::Differs`] where a key is given and the manifest is not signed
/// with its other half.
pub fn signature(folder: &Path, key: Option<&PublicKey>) -> Result<Signature, VerifyError> {
    let path = folder.join(NAME);
    let unreadable = |path: PathBuf| move |source| VerifyError::Unreadable { path, source };
    let is_there = path.try_exists().map_err(unreadable(path.clone()))?;
    let Some(key) = key else {
        return Ok(if is_there { Signature::Unchecked } else { Signature::None });
    };
    let differs = |problem: &str| VerifyError::Differs {
        folder: folder.to_path_buf(),
        problems: vec![problem.to_owned()],
    };
    if !is_there {
        return Err(differs("manifest.sig is missing: the report is not signed"));
    }
    let listed = folder.join(manifest::NAME);
    let manifest = std::fs::read(&listed).map_err(unreadable(listed))?;
    let signed = std::fs::read_to_string(&path).map_err(unreadable(path))?;
    if key.accepts(&manifest, &signed) {
        Ok(Signature::Valid)
    } else {
        Err(differs(
            "manifest.sig does not sign this manifest with the key that belongs to the given one",
        ))
    }
}
