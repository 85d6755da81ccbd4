"""Checks of compose.cluster.yaml and deploy/kuberay.yaml that need no cluster."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from packaging.requirements import Requirement
from ruamel.yaml import YAML

from bot.settings import BotSettings, variable
from tests.test_container import PUBLISHED, ROOT, compose

ALONE = compose()["services"]["bot"]
CLUSTER = compose("compose.cluster.yaml")
SERVICES = CLUSTER["services"]
HEAD, WORKER, BOT = SERVICES["head"], SERVICES["worker"], SERVICES["bot"]

MANIFESTS = list(YAML(typ="safe").load_all(ROOT / "deploy" / "kuberay.yaml"))
RAY = next(manifest for manifest in MANIFESTS if manifest["kind"] == "RayCluster")
DEPLOYMENT = next(manifest for manifest in MANIFESTS if manifest["kind"] == "Deployment")
GROUPS = RAY["spec"]["workerGroupSpecs"]
MACHINES = [RAY["spec"]["headGroupSpec"], *GROUPS]
PODS = [*(machine["template"]["spec"] for machine in MACHINES), DEPLOYMENT["spec"]["template"]["spec"]]
*RAYS, BOT_CONTAINER = [pod["containers"][0] for pod in PODS]
TOLD = {
    "compose.cluster.yaml": BOT["environment"],
    "deploy/kuberay.yaml": {entry["name"]: entry.get("value") for entry in BOT_CONTAINER["env"]},
}


def flag(service: dict, name: str) -> str:
    """The value of a flag in a service's command."""
    (value,) = [word.partition("=")[2] for word in service["command"] if word.startswith(f"{name}=")]
    return value


def interpolated(value: str | None) -> str:
    """A value as Compose interpolates it without variables in .env."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value or "")


def of_the_bot(told: dict[str, str]) -> dict[str, str]:
    return {name: interpolated(value) for name, value in told.items() if name.startswith(("DREAM_", "DISC"))}


def megabytes(size: str) -> float:
    number, unit = re.fullmatch(r"(\d+)([mg])", size).groups()
    return int(number) * (1024 if unit == "g" else 1)


def everything(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key and its value, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from everything(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from everything(inner)


@pytest.mark.parametrize("told", TOLD.values(), ids=TOLD)
def test_the_bots_environment_has_only_known_and_valid_settings(told, monkeypatch, tmp_path):
    asked = of_the_bot(told)
    assert "DREAM_EXECUTOR" in asked
    assert asked.keys() <= {variable(name) for name in BotSettings.model_fields}
    monkeypatch.chdir(tmp_path)
    for name, value in asked.items():
        monkeypatch.setenv(name, value)
    assert BotSettings.read().executor == asked["DREAM_EXECUTOR"]


def test_the_bot_has_the_heads_address():
    port = flag(HEAD, "--ray-client-server-port")
    assert TOLD["compose.cluster.yaml"]["DREAM_EXECUTOR"] == f"ray://head:{port}"
    (client,) = [port["containerPort"] for port in RAYS[0]["ports"] if port["name"] == "client"]
    told = TOLD["deploy/kuberay.yaml"]["DREAM_EXECUTOR"]
    assert told == f"ray://{RAY['metadata']['name']}-head-svc:{client}"
    assert flag(WORKER, "--address") == f"head:{flag(HEAD, '--port')}"


def test_all_services_run_the_same_image_with_ray():
    assert "cluster" in BOT["build"]["args"]["VARIANT"].split(",")
    assert {interpolated(service["image"]) for service in SERVICES.values()} == {f"{PUBLISHED}:cluster"}
    cpu = [container["image"] for container in (*RAYS[:-1], BOT_CONTAINER)]
    assert set(cpu) == {f"{PUBLISHED}:cluster"}


def test_the_manifest_names_the_pinned_version_of_ray():
    pins = [Requirement(line) for line in (ROOT / "constraints.txt").read_text().splitlines()]
    (ray,) = [pin for pin in pins if pin.name == "ray"]
    assert str(ray.specifier) == f"=={RAY['spec']['rayVersion']}"


def test_ray_requires_a_token():
    for service in SERVICES.values():
        assert service["environment"]["RAY_AUTH_MODE"] == "token"
        assert service["environment"]["RAY_AUTH_TOKEN"].startswith("${RAY_AUTH_TOKEN:?")
    assert RAY["spec"]["authOptions"] == {"mode": "token"}
    assert TOLD["deploy/kuberay.yaml"]["RAY_AUTH_MODE"] == "token"
    (token,) = [entry for entry in BOT_CONTAINER["env"] if entry["name"] == "RAY_AUTH_TOKEN"]
    kept = {"name": RAY["metadata"]["name"], "key": "auth_token"}
    assert token["valueFrom"] == {"secretKeyRef": kept}, "where KubeRay keeps what it made"


def test_the_manifest_holds_no_secret():
    assert "Secret" not in {manifest["kind"] for manifest in MANIFESTS}


def test_head_and_workers_do_not_get_the_bots_token():
    assert not {"env_file", "secrets"} & (HEAD.keys() | WORKER.keys())
    for container in RAYS:
        assert "envFrom" not in container
        told = {entry["name"] for entry in container["env"]}
        assert told <= {"RAY_USAGE_STATS_ENABLED", "GRPC_ENABLE_FORK_SUPPORT"}


def test_the_head_disables_grpcs_fork_support():
    assert HEAD["environment"]["GRPC_ENABLE_FORK_SUPPORT"] == "0"
    head = RAY["spec"]["headGroupSpec"]["template"]["spec"]["containers"][0]
    assert {"name": "GRPC_ENABLE_FORK_SUPPORT", "value": "0"} in head["env"]


def test_no_port_is_published():
    for service in SERVICES.values():
        assert not {"ports", "network_mode"} & service.keys()
    assert not {"hostPort", "hostNetwork", "serviceType"} & dict(everything(MANIFESTS)).keys()
    assert not {"Service", "Ingress"} & {manifest["kind"] for manifest in MANIFESTS}


def test_ray_has_an_internal_network_and_the_bot_a_second_one():
    assert CLUSTER["networks"] == {"ray": {"internal": True}}
    assert HEAD["networks"] == WORKER["networks"] == ["ray"]
    assert BOT["networks"] == ["default", "ray"]


def test_only_the_cluster_and_the_bot_reach_ray():
    policies = {m["metadata"]["name"]: m["spec"] for m in MANIFESTS if m["kind"] == "NetworkPolicy"}
    itself = {"matchLabels": {"ray.io/cluster": RAY["metadata"]["name"]}}
    bots = DEPLOYMENT["spec"]["selector"]
    assert DEPLOYMENT["spec"]["template"]["metadata"]["labels"] == bots["matchLabels"]
    assert policies["ray"]["podSelector"] == itself
    assert policies["ray"]["ingress"] == [
        {"from": [{"podSelector": itself}]},
        {"from": [{"podSelector": bots}], "ports": [{"port": 10001}]},
    ]
    assert policies["dream-bot"] == {"podSelector": bots, "policyTypes": ["Ingress"]}
    cluster, names = policies["ray-workers"]["egress"]
    assert cluster == {"to": [{"podSelector": itself}]}
    assert {port["port"] for port in names["ports"]} == {53}


@pytest.mark.parametrize("name", ["head", "worker"])
def test_ray_runs_with_no_more_rights_than_the_bot(name):
    service = SERVICES[name]
    for bound in ("read_only", "cap_drop", "security_opt", "restart", "logging"):
        assert service[bound] == ALONE[bound]
    assert {"mem_limit", "pids_limit", "shm_size", "stop_grace_period", "healthcheck"} <= service.keys()
    assert "volumes" not in service


@pytest.mark.parametrize("pod", PODS, ids=["head", "cpu", "gpu", "bot"])
def test_pods_run_as_the_images_user_without_privileges(pod):
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "memory" in container["resources"]["limits"]


def test_containers_have_enough_time_to_stop_ray():
    assert {service["stop_grace_period"] for service in (HEAD, WORKER)} == {"45s"}
    assert {pod["terminationGracePeriodSeconds"] for pod in PODS} == {45}


@pytest.mark.parametrize("service", [HEAD, WORKER], ids=["head", "worker"])
def test_rays_object_store_fits_into_shared_memory(service):
    store = int(flag(service, "--object-store-memory")) / 2**20
    assert store < megabytes(service["shm_size"]) < megabytes(service["mem_limit"])


def test_the_head_runs_no_dreams_and_every_other_machine_one_worker():
    assert flag(HEAD, "--num-cpus") == "0"
    assert flag(WORKER, "--num-cpus") == BOT["environment"]["DREAM_CLUSTER_CPUS"]
    assert RAY["spec"]["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    cores = TOLD["deploy/kuberay.yaml"]["DREAM_CLUSTER_CPUS"]
    assert [container["resources"]["limits"]["cpu"] for container in RAYS[1:]] == [cores, cores]


def test_the_bots_maximum_of_workers_equals_the_autoscalers():
    assert RAY["spec"]["enableInTreeAutoscaling"] is True
    most = TOLD["deploy/kuberay.yaml"]["DREAM_CLUSTER_MAX_WORKERS"]
    assert [str(group["maxReplicas"]) for group in GROUPS] == [most, most]
    assert [group["minReplicas"] for group in GROUPS] == [1, 0]


def test_probes_of_ray_need_no_program_in_the_image():
    for container in RAYS:
        for probe in (container["readinessProbe"], container["livenessProbe"]):
            assert probe["httpGet"] == {"path": "/api/healthz", "port": 52365}


def test_only_one_bot_uses_the_store():
    spec = DEPLOYMENT["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    (claim,) = [m["metadata"]["name"] for m in MANIFESTS if m["kind"] == "PersistentVolumeClaim"]
    data = {"name": "data", "persistentVolumeClaim": {"claimName": claim}}
    assert data in PODS[-1]["volumes"]
    assert {"name": "data", "mountPath": "/data"} in BOT_CONTAINER["volumeMounts"]


def test_everything_is_in_one_namespace():
    (namespace, *others) = MANIFESTS
    assert namespace["kind"] == "Namespace"
    assert {m["metadata"]["namespace"] for m in others} == {namespace["metadata"]["name"]}
