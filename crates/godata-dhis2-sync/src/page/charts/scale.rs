//! The value axis: from zero to a round number, in round steps.

/// A value axis that begins at zero.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    /// The ticks, zero first; the last is at or above every value.
    pub ticks: Vec<f64>,
    /// Decimals that the ticks need.
    pub decimals: usize,
}

impl Scale {
    /// The axis for values up to `highest` with at most `most` steps.
    ///
    /// Counts (`whole`) get whole ticks only: there is no half of a case.
    pub(super) fn new(highest: f64, most: u32, whole: bool) -> Self {
        let highest = if highest > 0.0 { highest } else { 1.0 };
        let rough = highest / f64::from(most.max(1));
        let mut power = 10f64.powf(rough.log10().floor());
        if whole {
            power = power.max(1.0);
        }
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| step * f64::from(most.max(1)) >= highest - power * 1e-9)
            .unwrap_or(10.0 * power);
        let mut ticks = vec![0.0];
        let mut n = 0u32;
        while ticks[ticks.len() - 1] < highest - power * 1e-9 {
            n += 1;
            ticks.push(f64::from(n) * step);
        }
        let decimals = (0..9).find(|d| step * 10f64.powi(*d) >= 1.0 - 1e-9).unwrap_or(9);
        Self { ticks, decimals: usize::try_from(decimals).unwrap_or(0) }
    }

    /// The top of the axis.
    pub(super) fn top(&self) -> f64 {
        self.ticks[self.ticks.len() - 1]
    }

    /// A tick as text.
    pub(super) fn label(&self, tick: f64) -> String {
        crate::page::words::grouped(&format!("{tick:.*}", self.decimals))
    }
}
