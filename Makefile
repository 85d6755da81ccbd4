# Everything is installed into .venv; delete it to start again. Only the PyTorch peer of `make bench` has its own
# environment, .venv-torch.
PYTHON  ?= python3
# cpu, or gpu for an NVIDIA card; the default is the variant that is installed
VARIANT ?= $(or $(patsubst .venv/installed-%,%,$(firstword $(wildcard .venv/installed-*))),cpu)
BIN     := .venv/bin
# Every package has one version and a known hash, and no package is built from source.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:
COMPILE := $(BIN)/uv pip compile --quiet --universal --no-header --no-annotate --no-emit-index-url

.PHONY: help setup demo sandbox test test-cluster lint audit format docs screenshots bench bench-cluster soak mutants lock clean

help:
	@echo "make setup   install everything into .venv (VARIANT=gpu for an NVIDIA card)"
	@echo "make demo    start the bot in a simulated Discord, and dream an example photograph"
	@echo "make sandbox try the bot in a browser page, without a token (PORT=8000 selects a port)"
	@echo "make test    run the tests, except those that need Ray"
	@echo "make test-cluster  install Ray, and run the tests that need it, on a cluster of two nodes on this machine"
	@echo "make lint    ruff, mypy, import contracts, declared dependencies, secrets in files"
	@echo "make format  let ruff fix and format the code"
	@echo "make audit   look up known vulnerabilities of the pinned packages (needs a network)"
	@echo "make docs    update the pictures and tables of the README and docs/"
	@echo "make screenshots  photograph the bot's cards in every language (needs Chromium)"
	@echo "make bench   measure speed and memory against plain Keras and PyTorch, and write docs/performance.md"
	@echo "make bench-cluster  measure how dreaming scales on a Ray cluster, and write docs/scaling.md"
	@echo "make soak    serve requests while faults are injected, for six minutes, and write docs/reliability.md (SEED=1 repeats a run)"
	@echo "make mutants break modules in small ways, count which breaks their tests notice, and write docs/mutants.md (SEED=1)"
	@echo "make dist    build the sdist and the wheel into dist/, and check what they contain"
	@echo "make smoke   install the wheel into an empty environment elsewhere, and try its commands and the bot"
	@echo "make release prepare a release's version and changelog (VERSION=0.2.0); CONTRIBUTING.md says what follows"
	@echo "make lock    update constraints.txt and locks/ after a change of pyproject.toml (UPGRADE=--upgrade for the newest versions)"
	@echo "make clean   delete .venv, .venv-torch, demo/ and build output"

setup: .venv/installed-$(VARIANT)

# Python's warnings are off in the last step, because setuptools warns about every editable installation.
.venv/installed-$(VARIANT): pyproject.toml $(wildcard locks/*.txt)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "dream-bot needs Python 3.11 or newer; select one with 'make PYTHON=python3.12 …'"; exit 1; }
	$(PYTHON) -m venv .venv
	$(INSTALL) -r locks/tools.txt
	$(INSTALL) --no-binary yattag --no-build-isolation -r locks/$(VARIANT).txt -r locks/dev.txt # yattag exists only as source
	@PYTHONWARNINGS=ignore $(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	@$(BIN)/python -m sandbox.demo examples/rocket.jpg demo/rocket.png

sandbox: setup
	@$(BIN)/python -m sandbox.page $(or $(PORT),0)

# Python keeps what it compiles, also where PYTHONDONTWRITEBYTECODE is set: each process would compile all tests.
test: setup
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -m 'not cluster'

# Separate from `make test`, because `make setup` does not install Ray, and Ray starts many processes.
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

screenshots: setup
	$(BIN)/python -m scripts.screenshots

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
	for extra in cpu gpu cluster video dev; do $(COMPILE) pyproject.toml --extra $$extra --constraint constraints.txt \
		--generate-hashes --output-file locks/$$extra.txt || exit 1; done
	$(COMPILE) --group tools --constraint constraints.txt --generate-hashes --output-file locks/tools.txt

.PHONY: dist smoke release

dist: setup
	$(BIN)/python -m scripts.build_distributions

smoke: setup
	$(BIN)/python -m scripts.smoke --discord

release: setup
	$(BIN)/python -m scripts.release prepare $(VERSION)

clean:
	rm -rf .venv .venv-torch demo build dist ./*.egg-info
