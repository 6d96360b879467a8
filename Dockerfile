# The flows as an image: for the machines `ecs` and Kubernetes of prefect.yaml.
FROM python:3.11-slim
WORKDIR /opt/redshift-flows
COPY requirements.lock .
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY . .
RUN useradd --create-home flows
USER flows
