import { calibratePage } from "./pages/calibrate"
import { home } from "./pages/home"
import { livePage } from "./pages/live"
import { mappingPage } from "./pages/mapping"
import { recordingsPage } from "./pages/recordings"
import { tryoutsPage } from "./pages/tryouts"
import { begin, live } from "./shell"

begin([
  ["home", "home", () => ({ element: home(), leave: () => undefined })],
  ["calibrate", "calibrate", () => calibratePage(live)],
  ["live", "live", () => livePage(live)],
  ["tryouts", "tryouts", () => tryoutsPage(live)],
  ["mapping", "mapping", () => mappingPage(live)],
  ["recordings", "recordings", recordingsPage],
])
