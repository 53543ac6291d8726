# The command `tuner` with all it needs, as an ordinary user. `docker compose up` builds it; by hand:
#   docker build --tag ecg-tuner .
#   docker run --rm --init --volume runs:/runs ecg-tuner run demo --data synthetic:1000 --workers 2
FROM python:3.12-slim

# The usual torch for Linux on x86-64 is a CUDA build of several gigabytes. PyTorch's installation page names an index
# of CPU builds: docker build --build-arg TORCH_INDEX_URL=...
ARG TORCH_INDEX_URL=
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

WORKDIR /source
# The dependencies come before the code, so that a change to the code does not fetch them again.
COPY pyproject.toml constraints.txt ./
# Only torch itself is taken from that index: no name is sought in two places.
RUN pip install --constraint constraints.txt ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} --no-deps torch
RUN python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' \
        > requirements.txt \
    && pip install --constraint constraints.txt --requirement requirements.txt

COPY README.md LICENSE ./
COPY data_pipeline data_pipeline
COPY models models
COPY studies studies
COPY tuner tuner
RUN pip install --no-deps .

# A new named volume takes over who owns the folder it is mounted on: the user must be able to write there.
RUN useradd --uid 1000 --create-home tuner && install --directory --owner=tuner --group=tuner /data /runs
USER tuner
WORKDIR /home/tuner
# Recordings to read, and everything that is written: caches, checkpoints, logs, results.
VOLUME ["/data", "/runs"]
# Without a database server the studies lie beside the results; compose sets another address.
ENV TUNER_HOME=/runs TUNER_STORAGE=sqlite:////runs/tuner.db
ENTRYPOINT ["tuner"]
CMD ["--help"]
