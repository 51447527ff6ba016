'use strict';

const tick = 5000; // ms

// Rate is a moving average in events per second. The weight of an event falls by
// the factor e per window.
class Rate {
    constructor(minutes) {
        this.decay = Math.exp(-tick / (minutes * 60 * 1000));
        this.perSecond = null; // until the first tick is over
        this.uncounted = 0;
        this.nextTick = Date.now() + tick;
    }

    mark(n) {
        this.advance();
        this.uncounted += n;
    }

    value() {
        this.advance();
        return this.perSecond === null ? 0 : this.perSecond;
    }

    // advance does what a timer would have done since it was last called. Without
    // a timer nothing keeps the process alive.
    advance() {
        const now = Date.now();
        // After a long silence the average is as good as zero.
        this.nextTick = Math.max(this.nextTick, now - 1000 * tick);
        for (; this.nextTick <= now; this.nextTick += tick) {
            const seen = this.uncounted / (tick / 1000);
            this.uncounted = 0;
            this.perSecond = this.perSecond === null ? seen : seen + (this.perSecond - seen) * this.decay;
        }
    }

    stop() {}
}

// Meter counts events, and knows their rates over 1, 5 and 15 minutes.
class Meter {
    constructor() {
        this.count = 0;
        this.start = Date.now();
        this.m1Rate = new Rate(1);
        this.m5Rate = new Rate(5);
        this.m15Rate = new Rate(15);
    }

    mark(n = 1) {
        this.count += n;
        this.m1Rate.mark(n);
        this.m5Rate.mark(n);
        this.m15Rate.mark(n);
    }

    printObj() {
        const seconds = (Date.now() - this.start) / 1000;
        return {
            type: 'meter',
            count: this.count,
            m1: this.m1Rate.value(),
            m5: this.m5Rate.value(),
            m15: this.m15Rate.value(),
            mean: seconds > 0 ? this.count / seconds : 0,
            unit: 'seconds'
        };
    }
}

module.exports = Meter;
