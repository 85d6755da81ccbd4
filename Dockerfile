# The bot's image, for the CPU. For an NVIDIA card: --build-arg VARIANT=gpu,video. With Ray: cpu,cluster,video or
# gpu,cluster,video. Without video, the image has no FFmpeg, and the bot refuses videos.
# It can be built for linux/amd64 and linux/arm64: pip chooses the wheels, and no step names a platform.
# Python 3.12 on Debian 13, pinned by its multi-platform digest; .github/dependabot.yml proposes newer digests.
FROM python:3.12.14-slim-trixie@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea AS base


# The dependencies are nearly all of the image. Their layer is pulled again only when they change.
FROM base AS dependencies
ARG VARIANT=cpu,video
# The tools that install are pinned by hashes too. Their environment does not end up in the image.
ENV PATH=/opt/dream/bin:/opt/tools/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN apt-get update && apt-get install --yes --no-install-recommends binutils \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/tools && python3 -m venv --without-pip /opt/dream
WORKDIR /build
COPY locks locks
RUN /opt/tools/bin/pip install --require-hashes --only-binary :all: -r locks/tools.txt

# Removes files that are only needed to compile against TensorFlow (libclang), to debug it (grpcio, which Ray needs),
# to call Ray from Java, to test packages, or to install them. sbom.cdx.json lists the remaining packages.
ENV PIP_PYTHON=/opt/dream/bin/python
RUN python -c "print(*(f'-r locks/{extra}.txt' for extra in '${VARIANT}'.split(',')), sep='\n')" > requirements.txt \
    && pip install --require-hashes --only-binary :all: -r requirements.txt \
    && pip uninstall --yes libclang setuptools \
    && site="$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
    && rm -r "$site/tensorflow/include" \
    && find "$site/tensorflow" -name '*.so*' -type f -exec strip --strip-unneeded {} + \
    && if [ ! -d "$site/ray" ]; then pip uninstall --yes grpcio; else rm -r "$site/ray/jars" \
        && find "$site/ray" \( -name '*.so' -o -name gcs_server -o -name raylet \) -type f \
            -exec strip --strip-unneeded {} +; fi \
    && find "$site" -depth -type d \( -name tests -o -name testdata \) -exec rm -r {} + \
    && cyclonedx-py environment --output-reproducible --output-file /opt/dream/sbom.cdx.json /opt/dream/bin/python


# A layer of its own, so that after a change of the code only the code is pulled.
FROM dependencies AS code
COPY pyproject.toml LICENSE README.md ./
COPY bot bot
COPY dream_engine dream_engine
RUN PIP_PYTHON='' /opt/tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /build/wheels . \
    && pip install --no-deps --no-index --root /code /build/wheels/*.whl

# With --build-arg WEIGHTS=inception_v3, for example, the build downloads that network's weights, and the bot uses it.
ARG WEIGHTS=
RUN mkdir /opt/keras && if [ -n "${WEIGHTS}" ]; then cp -r /code/opt / && KERAS_HOME=/opt/keras python -c \
    "from dream_engine import backbones; backbones.get('${WEIGHTS}').load()"; fi


FROM base
# tini is an init that forwards signals and reaps zombies.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin dream \
    && install --directory --owner=dream --group=dream --mode=700 /data

COPY --from=dependencies /opt/dream /opt/dream
COPY --from=code /opt/keras /opt/keras
COPY --from=code /code/opt/dream /opt/dream

ARG WEIGHTS=
ENV PATH=/opt/dream/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONSAFEPATH=1 \
    PYTHONNOUSERSITE=1 \
    DREAM_ENV_FILE= \
    DREAM_BACKBONE=${WEIGHTS:-efficientnet_lite0} \
    DREAM_DATA_DIR=/data \
    KERAS_HOME=${WEIGHTS:+/opt/keras} \
    HOME=/tmp
# The bot downloads weights that are not in the image once, into the volume.
ENV KERAS_HOME=${KERAS_HOME:-/data/keras}
# Only root can write to /, so Python loads no module, and the bot no settings, that a broken worker has written.
WORKDIR /
VOLUME /data
USER 10001:10001

HEALTHCHECK --interval=30s --timeout=10s --start-period=90s CMD ["python", "-m", "bot.healthcheck"]
ENTRYPOINT ["tini", "--", "python", "-m", "bot"]

# The release sets the version of pyproject.toml.
ARG VERSION=unreleased
LABEL org.opencontainers.image.title="dream-bot" \
      org.opencontainers.image.description="A Discord bot that dreams with pictures" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
