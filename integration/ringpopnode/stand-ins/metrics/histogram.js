'use strict';

const sampleSize = 1028;

// Histogram describes the distribution of the last values that it was told.
class Histogram {
    constructor() {
        this.sample = [];
        this.count = 0;
    }

    update(value) {
        this.sample[this.count % sampleSize] = value;
        this.count++;
    }

    // percentiles returns an object: for each of the given fractions, the value
    // below which that fraction of the sample lies.
    percentiles(fractions) {
        const sorted = this.sample.slice().sort((a, b) => a - b);
        const last = sorted.length - 1;
        const result = {};
        for (const fraction of fractions) {
            result[fraction] = last < 0 ? 0 : sorted[Math.min(last, Math.floor(fraction * sorted.length))];
        }
        return result;
    }

    printObj() {
        const n = this.sample.length;
        const sum = this.sample.reduce((a, b) => a + b, 0);
        const mean = n === 0 ? 0 : sum / n;
        const squares = this.sample.reduce((a, b) => a + (b - mean) * (b - mean), 0);
        const variance = n < 2 ? 0 : squares / (n - 1);
        const at = this.percentiles([0.5, 0.75, 0.95, 0.99, 0.999]);
        return {
            type: 'histogram',
            min: n === 0 ? 0 : Math.min(...this.sample),
            max: n === 0 ? 0 : Math.max(...this.sample),
            sum: sum,
            variance: variance,
            mean: mean,
            std_dev: Math.sqrt(variance),
            count: this.count,
            median: at[0.5],
            p75: at[0.75],
            p95: at[0.95],
            p99: at[0.99],
            p999: at[0.999]
        };
    }
}

module.exports = Histogram;
