//! Tensors of the model file: from numbers and texts to bytes and back.

use half::f16;
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, TensorView};

use super::file::{Fault, damaged};
use super::settings::Precision;

/// A tensor to be written.
pub(super) struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    pub bytes: Vec<u8>,
}

impl Tensor {
    fn new<const N: usize>(dtype: Dtype, numbers: impl IntoIterator<Item = [u8; N]>) -> Self {
        let bytes: Vec<u8> = numbers.into_iter().flatten().collect();
        Self {
            dtype,
            shape: vec![bytes.len() / N],
            bytes,
        }
    }

    pub fn u16(numbers: impl IntoIterator<Item = u16>) -> Self {
        Self::new(Dtype::U16, numbers.into_iter().map(u16::to_le_bytes))
    }

    /// Numbers below `bound`, in one byte each if they fit.
    pub fn up_to(bound: usize, numbers: &[u16]) -> Self {
        match bound {
            0..=256 => Self::new(Dtype::U8, numbers.iter().map(|&n| [n as u8])),
            _ => Self::u16(numbers.iter().copied()),
        }
    }

    pub fn u64(numbers: impl IntoIterator<Item = u64>) -> Self {
        Self::new(Dtype::U64, numbers.into_iter().map(u64::to_le_bytes))
    }

    pub fn f32(numbers: &[f32]) -> Self {
        Self::new(Dtype::F32, numbers.iter().map(|v| v.to_le_bytes()))
    }

    /// Numbers that were rounded to this precision before.
    pub fn floats(numbers: &[f32], precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::f32(numbers),
            Precision::F16 => Self::new(Dtype::F16, numbers.iter().map(|&v| f16::from_f32(v).to_le_bytes())),
        }
    }

    /// Texts without line breaks, one a line.
    pub fn lines(texts: impl Iterator<Item = impl AsRef<str>>) -> Self {
        let mut bytes = Vec::new();
        for text in texts {
            bytes.extend_from_slice(text.as_ref().as_bytes());
            bytes.push(b'\n');
        }
        Self::new(Dtype::U8, bytes.into_iter().map(|b| [b]))
    }

    /// The same as a matrix of so many columns.
    pub fn columns(mut self, columns: usize) -> Self {
        let rows = self.shape.iter().product::<usize>() / columns;
        self.shape = vec![rows, columns];
        self
    }

    pub fn view(&self) -> Result<TensorView<'_>, SafeTensorError> {
        TensorView::new(self.dtype, self.shape.clone(), &self.bytes)
    }
}

/// The bytes of each number of a tensor.
fn numbers<const N: usize>(view: &TensorView<'_>) -> impl ExactSizeIterator<Item = [u8; N]> {
    view.data().as_chunks::<N>().0.iter().copied()
}

/// Numbers of one or two bytes.
pub(super) fn u16s(view: &TensorView<'_>) -> Vec<u16> {
    match view.dtype() {
        Dtype::U8 => view.data().iter().map(|&n| u16::from(n)).collect(),
        _ => numbers(view).map(u16::from_le_bytes).collect(),
    }
}

pub(super) fn u64s(view: &TensorView<'_>) -> Vec<u64> {
    numbers(view).map(u64::from_le_bytes).collect()
}

/// Finite numbers in this precision.
pub(super) fn floats(name: &str, view: &TensorView<'_>, precision: Precision) -> Fault<Vec<f32>> {
    let values: Vec<f32> = match precision {
        Precision::F32 => numbers(view).map(f32::from_le_bytes).collect(),
        Precision::F16 => numbers(view).map(|b| f16::from_le_bytes(b).to_f32()).collect(),
    };
    match values.iter().find(|v| !v.is_finite()) {
        Some(value) => damaged(format!("tensor {name:?} holds {value}")),
        None => Ok(values),
    }
}

/// So many finite numbers of four bytes.
pub(super) fn f32s(name: &str, view: &TensorView<'_>, count: usize) -> Fault<Vec<f32>> {
    match view.shape() {
        [found] if *found == count => floats(name, view, Precision::F32),
        found => damaged(format!("tensor {name:?} has shape {found:?} instead of [{count}]")),
    }
}

/// Texts, one a line.
pub(super) fn lines<'b>(name: &str, view: &TensorView<'b>) -> Fault<Vec<&'b str>> {
    match std::str::from_utf8(view.data()) {
        Ok(text) if text.is_empty() || text.ends_with('\n') => Ok(text.split_terminator('\n').collect()),
        Ok(_) => damaged(format!("{name:?} ends within a line")),
        Err(_) => damaged(format!("{name:?} is not UTF-8")),
    }
}
