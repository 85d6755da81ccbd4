# One folder holds everything that is installed; delete .venv to start again. Only the peer that `make bench`
# measures beside the engine has one of its own, .venv-torch.
PYTHON  ?= python3
# cpu, or gpu for an NVIDIA card; once installed, it stays what it is
VARIANT ?= $(or $(patsubst .venv/installed-%,%,$(firstword $(wildcard .venv/installed-*))),cpu)
BIN     := .venv/bin
# Every package is one version with a known hash, and no source that would run code to be built.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:
COMPILE := $(BIN)/uv pip compile --quiet --universal --no-header --no-annotate --no-emit-index-url

.PHONY: help setup demo sandbox test test-cluster lint audit format docs bench bench-cluster soak mutants lock clean

help:
	@echo "make setup   install everything into .venv (VARIANT=gpu for an NVIDIA card)"
	@echo "make demo    start the bot in a simulated Discord, and let it dream an example photograph"
	@echo "make sandbox try the bot in a browser page, without a token (PORT=8000 for a port of your choice)"
	@echo "make test    run the tests"
	@echo "make test-cluster  those that need Ray: on a cluster of two machines, both of them this one"
	@echo "make lint    ruff, mypy, import contracts, and whether dependencies are declared and no secret is in a file"
	@echo "make audit   ask over the network whether a pinned package has a known vulnerability"
	@echo "make docs    remake the pictures and tables of the README and docs/"
	@echo "make bench   measure speed and memory beside plain peers, and write docs/performance.md"
	@echo "make bench-cluster  measure how dreaming on a Ray cluster scales, and write it into docs/scaling.md"
	@echo "make soak    let everything go wrong for six minutes, account for each request in docs/reliability.md (SEED=1 repeats a run)"
	@echo "make mutants break modules in small ways, and count in docs/mutants.md what their tests notice (SEED=1)"
	@echo "make lock    bring constraints.txt and locks/ up to pyproject.toml (UPGRADE=--upgrade for the newest versions)"

setup: .venv/installed-$(VARIANT)

.venv/installed-$(VARIANT): pyproject.toml $(wildcard locks/*.txt)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "dream-bot needs Python 3.11 or newer; name one with 'make PYTHON=python3.12 …'"; exit 1; }
	$(PYTHON) -m venv .venv
	$(INSTALL) -r locks/tools.txt
	$(INSTALL) --no-binary yattag --no-build-isolation -r locks/$(VARIANT).txt -r locks/dev.txt # its source alone exists
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	@$(BIN)/python -m sandbox.demo examples/rocket.jpg demo/rocket.png

sandbox: setup
	@$(BIN)/python -m sandbox.page $(or $(PORT),0)

test: setup
	$(BIN)/pytest -m 'not cluster'

# By itself, as Ray is no part of what is set up, and starts many processes.
test-cluster: .venv/with-ray
	$(BIN)/pytest -m cluster -n 0

.venv/with-ray: setup
	$(INSTALL) -r locks/cluster.txt
	@touch $@

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .
	$(BIN)/pip check --disable-pip-version-check
	git ls-files -z --cached --others --exclude-standard | xargs -0 -n 60 -P 4 $(BIN)/detect-secrets-hook --no-verify --exclude-files '^locks/'

audit: setup
	$(BIN)/pip-audit --strict --no-deps --disable-pip --requirement constraints.txt

format: setup
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: setup
	$(BIN)/python -m scripts.write_tables
	$(BIN)/python -m scripts.contact_sheet

bench: setup
	$(BIN)/python -m benchmarks

bench-cluster: .venv/with-ray
	$(BIN)/python -m benchmarks.cluster

soak: setup
	$(BIN)/python -m soak $(if $(SEED),--seed $(SEED)) $(SOAK) --write-docs

mutants: setup
	$(BIN)/python -m scripts.mutants --seed $(or $(SEED),1) --write-docs

lock: setup
	$(COMPILE) $(UPGRADE) pyproject.toml --all-extras --group tools --output-file constraints.txt
	for extra in cpu gpu cluster dev; do $(COMPILE) pyproject.toml --extra $$extra --constraint constraints.txt \
		--generate-hashes --output-file locks/$$extra.txt || exit 1; done
	$(COMPILE) --group tools --constraint constraints.txt --generate-hashes --output-file locks/tools.txt

clean:
	rm -rf .venv .venv-torch demo build ./*.egg-info
