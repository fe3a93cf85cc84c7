//! From many readings to few numbers.

/// The middle value, or the mean of the two in the middle.
///
/// # Panics
///
/// If there are no values.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// The median over pairs of the first divided by the second.
pub fn median_ratio(values: &[f64], others: &[f64]) -> f64 {
    median(values.iter().zip(others).map(|(value, other)| value / other).collect())
}

/// The least value that so many of 100 values do not exceed.
///
/// # Panics
///
/// If there are no values.
pub fn percentile(sorted: &[f64], percent: f64) -> f64 {
    // 99.9 of 100 of 1,000 is a little more than 999 in binary fractions.
    let rank = (percent * sorted.len() as f64 / 100.0 - 1e-6).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// Sorted, as [`percentile`] wants them.
pub fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::{median, median_ratio, percentile, sorted};

    #[test]
    fn medians_and_percentiles_are_those_of_the_book() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median_ratio(&[2.0, 9.0, 4.0], &[1.0, 3.0, 4.0]), 2.0);
        let values = sorted((1..=1000).rev().map(f64::from).collect());
        assert_eq!(percentile(&values, 50.0), 500.0);
        assert_eq!(percentile(&values, 99.9), 999.0);
        assert_eq!(percentile(&values, 100.0), 1000.0);
        assert_eq!(percentile(&[7.0], 50.0), 7.0);
    }
}
