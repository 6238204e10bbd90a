"""Every selector of pods in rendered manifests names the pods of the deployment.

A selector that is left out means no pods, or all pods of the namespace. Neither a schema nor a cluster says so.
"""

import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    manifests = {(it["kind"], it["metadata"]["name"]): it["spec"] for it in yaml.safe_load_all(file) if "spec" in it}

def spec(kind):
    return manifests[kind, "switchhook"]


pods = spec("Deployment")["template"]
labels = pods["metadata"]["labels"].items()
selectors = {
    "Deployment": spec("Deployment")["selector"],
    "NetworkPolicy": spec("NetworkPolicy")["podSelector"],
    "PodDisruptionBudget": spec("PodDisruptionBudget").get("selector", {}),
}
for place in pods["spec"]["topologySpreadConstraints"]:
    selectors[f"spread over {place['topologyKey']}"] = place.get("labelSelector", {})
chosen = {name: selector.get("matchLabels") for name, selector in selectors.items()}
for (kind, name), service in manifests.items():
    if kind == "Service":
        chosen[name] = service.get("selector")

wrong = [name for name, wanted in chosen.items() if not wanted or not wanted.items() <= labels]
if wrong:
    sys.exit(f"not the server's pods: {', '.join(wrong)}")
print(f"{len(chosen)} selectors name the server's pods")
