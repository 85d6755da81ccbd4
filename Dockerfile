# The bot, on the CPU. For an NVIDIA card: --build-arg VARIANT=gpu
ARG PYTHON_VERSION=3.12

FROM python:${PYTHON_VERSION}-slim AS build
ARG VARIANT=cpu
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN apt-get update && apt-get install --yes --no-install-recommends binutils && python3 -m venv /opt/dream
ENV PATH=/opt/dream/bin:$PATH
WORKDIR /build

# The dependencies first, pinned: they are built again only when they change, and not with every change of the code.
COPY pyproject.toml constraints.txt LICENSE README.md ./
RUN mkdir bot dream_engine && touch bot/__init__.py dream_engine/__init__.py \
    && pip install -c constraints.txt ".[${VARIANT}]" \
    && pip uninstall --yes dream-bot \
    && rm -r bot dream_engine build ./*.egg-info
COPY bot bot
COPY dream_engine dream_engine
RUN pip install --no-deps .

# What is only needed to compile against TensorFlow, to debug it, or to install packages.
RUN pip uninstall --yes libclang \
    && site="$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
    && rm -r "$site/tensorflow/include" \
    && find "$site/tensorflow" -name '*.so*' -type f -exec strip --strip-unneeded {} + \
    && find "$site" -depth -type d \( -name tests -o -name testdata \) -exec rm -r {} + \
    && pip uninstall --yes setuptools pip

# With --build-arg WEIGHTS=inception_v3, say, that network's weights are fetched now, and the bot dreams with it.
ARG WEIGHTS=
RUN mkdir /opt/keras && if [ -n "${WEIGHTS}" ]; then KERAS_HOME=/opt/keras python -c \
    "from dream_engine import backbones; backbones.get('${WEIGHTS}').load()"; fi


FROM python:${PYTHON_VERSION}-slim
ARG WEIGHTS=
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="dream-bot" \
      org.opencontainers.image.description="A Discord bot that dreams with pictures" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"

# An init that passes signals on and buries what its children leave behind.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin dream \
    && install --directory --owner=dream --group=dream --mode=700 /data

COPY --from=build /opt/dream /opt/dream
COPY --from=build /opt/keras /opt/keras

ENV PATH=/opt/dream/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DREAM_BACKBONE=${WEIGHTS:-efficientnet_lite0} \
    DREAM_DATA_DIR=/data \
    KERAS_HOME=${WEIGHTS:+/opt/keras} \
    HOME=/tmp
# Weights that are not in the image are fetched once, and kept in the volume.
ENV KERAS_HOME=${KERAS_HOME:-/data/keras}
WORKDIR /data
VOLUME /data
USER 10001:10001

HEALTHCHECK --interval=30s --timeout=10s --start-period=90s CMD ["python", "-m", "bot.healthcheck"]
ENTRYPOINT ["tini", "--", "python", "-m", "bot"]
