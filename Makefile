# Everything is installed into .venv; delete it to start again. Only the PyTorch peer of `make bench` has its own
# environment, .venv-torch.
PYTHON  ?= python3
# cpu, or gpu for an NVIDIA card; the default is the variant that is installed
VARIANT ?= $(or $(patsubst .venv/installed-%,%,$(patsubst .venv/bot-%,%,$\
	$(firstword $(wildcard .venv/installed-* .venv/bot-*)))),cpu)
BIN     := .venv/bin
# Every package has one version and a known hash, and no package is built from source.
INSTALL_ARGUMENTS := --quiet --disable-pip-version-check --require-hashes --only-binary :all:
INSTALL := $(BIN)/pip install $(INSTALL_ARGUMENTS)
COMPILE := $(BIN)/uv pip compile --quiet --universal --no-header --no-annotate --no-emit-index-url

.PHONY: help run setup demo sandbox test test-cluster lint audit format docs site screenshots bench \
	bench-quick bench-cluster soak mutants lock check-platforms clean

help:
	@echo "make run     install what the bot needs into .venv, and start it (VARIANT=gpu for an NVIDIA card, ARGS=--check to check it)"
	@echo "make setup   install everything into .venv, the development tools included (VARIANT=gpu for an NVIDIA card)"
	@echo "make demo    start the bot in a simulated Discord, and dream an example photograph"
	@echo "make sandbox try the bot in a browser page, without a token (PORT=8000 selects a port)"
	@echo "make test    run the tests, except those that need Ray"
	@echo "make test-cluster  install Ray, and run the tests that need it, on a cluster of two nodes on this machine"
	@echo "make lint    ruff, mypy (for Linux, macOS and Windows), import contracts, declared dependencies, secrets in files"
	@echo "make format  let ruff fix and format the code"
	@echo "make audit   look up known vulnerabilities of the pinned packages (needs a network)"
	@echo "make docs    update the pictures and tables of the README and docs/"
	@echo "make site    build the documentation as a website into site/ (SERVE=1 shows it in a browser)"
	@echo "make screenshots  photograph the bot's cards in every language (needs Chromium)"
	@echo "make bench   measure speed and memory against plain Keras and PyTorch, and write docs/performance.md (ONLY=tiles,memory measures a part, ROUNDS=5 each so often)"
	@echo "make bench-quick  compare the speed of the working tree with that of a commit, in five minutes (BASE=HEAD~3)"
	@echo "make bench-cluster  measure how dreaming scales on a Ray cluster, and write docs/scaling.md"
	@echo "make soak    serve requests while faults are injected, for six minutes, and write docs/reliability.md (SEED=1 repeats a run)"
	@echo "make mutants break modules in small ways, count which breaks their tests notice, and write docs/mutants.md (SEED=1)"
	@echo "make dist    build the sdist and the wheel into dist/, and check what they contain"
	@echo "make smoke   install the wheel into an empty environment elsewhere, and try its commands and the bot"
	@echo "make release prepare a release's version and changelog (VERSION=0.2.0); CONTRIBUTING.md says what follows"
	@echo "make lock    update constraints.txt and locks/ after a change of pyproject.toml (UPGRADE=--upgrade for the newest versions)"
	@echo "make check-platforms  check that every pinned package has a wheel for each platform (needs a network)"
	@echo "make clean   delete .venv, .venv-site, .venv-torch, demo/ and build output"

# The bot with what it needs to run, as in the image. Ctrl-C stops it.
run: has-token .venv/bot-$(VARIANT)
	@exec $(BIN)/python -m bot $(ARGS)

# A token may also come from the environment, or from the file that DREAM_ENV_FILE names.
.PHONY: has-token
has-token:
	@test -e .env || test -n "$$DISCORD_TOKEN$$DREAM_ENV_FILE" \
		|| { echo "make run needs the bot's token: copy .env.example to .env, and write it behind DISCORD_TOKEN=." >&2; exit 1; }

setup: .venv/installed-$(VARIANT)

# Each of the following marks what is installed. Every lock is a subset of the versions in constraints.txt, so that
# none changes what another has installed.
.venv/bot-$(VARIANT): pyproject.toml $(addprefix locks/,build.txt $(VARIANT).txt video.txt)
	@command -v $(PYTHON) >/dev/null \
		|| { echo "There is no $(PYTHON); install Python 3.12, or select one with 'make PYTHON=python3.12 ...'." >&2; exit 1; }
	@$(PYTHON) scripts/check_platform.py $(VARIANT)
	$(PYTHON) -m venv .venv
	$(INSTALL) -r locks/build.txt
	$(INSTALL) -r locks/$(VARIANT).txt -r locks/video.txt
	@rm -rf ./*.egg-info # that of an earlier version would hide the present version
	@PYTHONWARNINGS=ignore $(BIN)/pip install --quiet --no-deps --no-build-isolation --editable . # setuptools warns
	@touch $@

.venv/installed-$(VARIANT): .venv/bot-$(VARIANT) locks/tools.txt locks/dev.txt
	$(INSTALL) -r locks/tools.txt
	$(INSTALL) --no-binary yattag --no-build-isolation -r locks/dev.txt # yattag exists only as source
	@touch $@

.venv/sandbox-$(VARIANT): .venv/bot-$(VARIANT) locks/sandbox.txt
	$(INSTALL) -r locks/sandbox.txt
	@touch $@

demo: .venv/sandbox-$(VARIANT)
	@$(BIN)/python -m sandbox.demo examples/rocket.jpg demo/rocket.png

sandbox: .venv/sandbox-$(VARIANT)
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
	$(BIN)/mypy --platform darwin --cache-dir .mypy_cache/macos
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/windows -p bot -p dream_engine -p sandbox
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

# The website has its own environment, because nothing else needs its packages.
site: .venv-site/installed
	NO_MKDOCS_2_WARNING=1 .venv-site/bin/mkdocs $(if $(SERVE),serve,build --quiet)

.venv-site/installed: locks/site.txt
	$(PYTHON) -m venv .venv-site
	.venv-site/bin/pip install $(INSTALL_ARGUMENTS) -r locks/site.txt
	@touch $@

screenshots: setup
	$(BIN)/python -m scripts.screenshots

bench: setup
	$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(ROUNDS),--rounds $(ROUNDS))

bench-quick: setup
	$(BIN)/python -m benchmarks.quick $(BASE)

bench-cluster: .venv/with-ray
	$(BIN)/python -m benchmarks.cluster

soak: setup
	$(BIN)/python -m soak $(if $(SEED),--seed $(SEED)) $(SOAK) --write-docs

mutants: setup
	$(BIN)/python -m scripts.mutants --seed $(or $(SEED),1) --write-docs

lock: setup
	$(COMPILE) $(UPGRADE) pyproject.toml --all-extras --group tools --group sandbox --group site --output-file constraints.txt
	for extra in cpu gpu cluster video dev; do $(COMPILE) pyproject.toml --extra $$extra --constraint constraints.txt \
		--generate-hashes --output-file locks/$$extra.txt || exit 1; done
	for group in build sandbox site tools; do $(COMPILE) --group $$group --constraint constraints.txt \
		--generate-hashes --output-file locks/$$group.txt || exit 1; done
	$(BIN)/python -m scripts.platform_wheels --write

check-platforms: setup
	$(BIN)/python -m scripts.platform_wheels

.PHONY: dist smoke release

dist: setup
	$(BIN)/python -m scripts.build_distributions

smoke: setup
	$(BIN)/python -m scripts.smoke --discord

release: setup
	$(BIN)/python -m scripts.release prepare $(VERSION)

clean:
	rm -rf .venv .venv-site .venv-torch demo build dist site ./*.egg-info
