'use strict';

// What ringpop asks of the package "metrics", which is gone from the registry:
// a histogram of its protocol periods, and meters of its calls.

module.exports = {
    Histogram: require('./histogram.js'),
    Meter: require('./meter.js')
};
