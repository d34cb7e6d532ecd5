// The second half of the methods at scale smoke; smoke-1.conformance.ts runs at the same time on the other core.
import { describeSmoke } from "./testing/smoke-suite.ts";

await describeSmoke(1, 2);
