"""Every file that the package is made of exists, and the list contains every unit."""

import sys
import tomllib
from pathlib import Path

API = Path("api")
UNITS = API / "../docs/deploy/systemd"

with open(API / "Cargo.toml", "rb") as file:
    package = tomllib.load(file)["package"]["metadata"]["deb"]

unit = package["systemd-units"]
files = [source for source, _, _ in package["assets"] if not source.startswith("target/")]
files += [package["license-file"][0], package["changelog"], package["maintainer-scripts"] + "/postinst"]
files += [f"{unit['unit-scripts']}/{unit['unit-name']}.service"]

missing = [name for name in files if not (API / name).is_file()]
if missing:
    sys.exit(f"not there: {', '.join(missing)}")
packed = {(API / name).resolve() for name in files}
forgotten = [unit.name for unit in UNITS.glob("*.service") if unit.resolve() not in packed]
if forgotten:
    sys.exit(f"not in the package: {', '.join(forgotten)}")
installed = {f"/{folder}{Path(source).name}" for source, folder, _ in package["assets"]}
unknown = [name for name in package["conf-files"] if name not in installed]
if unknown:
    sys.exit(f"no files of the package: {', '.join(unknown)}")
print(f"{len(files)} files are there")
